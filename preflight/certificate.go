package preflight

import (
	"cmp"
	"crypto/x509"
	"errors"
	"time"
)

// certificate says in plain words why a certificate is not accepted, and what to do about it; "" if err is about
// something else. Section is that of the config, own that it names authorities of the site's own.
func certificate(err error, section string, own bool) (says, fix string) {
	unknown, host, invalid := x509.UnknownAuthorityError{}, x509.HostnameError{}, x509.CertificateInvalidError{}
	switch {
	case errors.As(err, &unknown):
		says, fix = "the certificate is signed by an authority that this machine does not trust", "the certificate (PEM) of the authority that signed it"
		if c := unknown.Cert; c != nil && c.Issuer.String() != "" {
			signer := " (" + cmp.Or(c.Issuer.CommonName, c.Issuer.String()) + ")"
			says, fix = says+signer, fix+signer
		}
		if !own {
			return says, "set " + section + ".ca_file to " + fix
		}
		return says, "add " + fix + " to " + section +
			".ca_file, if it is missing there; or let the server send the certificates between its own and that authority's (its chain)"
	case errors.As(err, &host) && len(host.Certificate.DNSNames) > 0:
		names := few(host.Certificate.DNSNames)
		return "the certificate is for " + names + ", not for " + host.Host,
			"write the name that its certificate has (" + names + ") into " + section + ".url, or get one for " + host.Host
	case errors.As(err, &host):
		return "the certificate is not for " + host.Host, "get a certificate with the name " + host.Host + " (subjectAltName)"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		says, fix = "the certificate", "renew its certificate"
		if invalid.Cert.IsCA {
			says, fix = "the authority's certificate", "renew the certificate of the authority, write it into "+section+".ca_file"
		}
		fix += ", and check that the clocks of both machines are right"
		if now := time.Now(); now.Before(invalid.Cert.NotBefore) {
			return says + " is not valid before " + invalid.Cert.NotBefore.UTC().Format(time.RFC3339) + ", and it is " + now.UTC().Format(time.RFC3339), fix
		}
		return says + " has expired on " + invalid.Cert.NotAfter.UTC().Format(time.RFC3339), fix
	case errors.As(err, &invalid):
		return "the certificate is not a server certificate, or its chain is not allowed by an authority in it", "get a new certificate for it"
	}
	return "", ""
}
