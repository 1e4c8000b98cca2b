"""What all pages share: templates, styles, static files, security headers; and the customer's chat page."""
