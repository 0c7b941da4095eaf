"""SFTP as bytes: version 3, which everybody speaks (draft-ietf-secsh-filexfer-02), with OpenSSH's extensions."""
