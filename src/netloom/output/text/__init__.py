"""How records read: words, marks, bars, lines. The formats are made from these."""
