"""Charts as SVG, one file each. Words stand beside them in HTML, so that they keep their size on every screen."""
