-- A partner may be bound to the certificate of its client (mutual TLS, checked by the proxy in front): SHA-256 over the certificate in DER. NULL: bound to none.
ALTER TABLE intake.partner ADD COLUMN certificate_sha256 bytea CHECK (octet_length(certificate_sha256) = 32);
