"""HTTP's meaning as bytes: fields, authentication, cookies, codings, forms, ranges, conditions, indexes (RFC 9110)."""
