package preflight

import (
	"cmp"
	"crypto/x509"
	"errors"
	"time"
)

// certificateFault says in plain words why a certificate is not accepted; "" if err is about something else.
func certificateFault(err error) string {
	unknown, host, invalid := x509.UnknownAuthorityError{}, x509.HostnameError{}, x509.CertificateInvalidError{}
	switch {
	case errors.As(err, &unknown):
		return "the certificate is signed by an authority that this machine does not trust" + called(unknown.Cert)
	case errors.As(err, &host) && len(host.Certificate.DNSNames) > 0:
		return "the certificate is for " + few(host.Certificate.DNSNames) + ", not for " + host.Host
	case errors.As(err, &host):
		return "the certificate is not for " + host.Host
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		whose := "the certificate"
		if invalid.Cert.IsCA {
			whose = "the authority's certificate"
		}
		if now := time.Now(); now.Before(invalid.Cert.NotBefore) {
			return whose + " is not valid before " + invalid.Cert.NotBefore.UTC().Format(time.RFC3339) + ", and it is " + now.UTC().Format(time.RFC3339)
		}
		return whose + " has expired on " + invalid.Cert.NotAfter.UTC().Format(time.RFC3339)
	case errors.As(err, &invalid):
		return "the certificate is not a server certificate, or its chain is not allowed by an authority in it"
	}
	return ""
}

// signer is the name of the authority that signed a certificate; "" if it has none.
func signer(cert *x509.Certificate) string {
	if cert == nil {
		return ""
	}
	return cmp.Or(cert.Issuer.CommonName, cert.Issuer.String())
}

// certificateFix says what to do about a certificate that is not accepted; "" if err is about
// something else. Section is that of the config, own that it names authorities of the site's own.
func certificateFix(err error, section string, own bool) string {
	unknown, host, invalid := x509.UnknownAuthorityError{}, x509.HostnameError{}, x509.CertificateInvalidError{}
	switch {
	case errors.As(err, &unknown) && own:
		return "add the certificate (PEM) of the authority that signed it" + called(unknown.Cert) + " to " + section +
			".ca_file, if it is missing there; or let the server send the certificates between its own and that authority's (its chain)"
	case errors.As(err, &unknown):
		return "set " + section + ".ca_file to the certificate (PEM) of the authority that signed it" + called(unknown.Cert)
	case errors.As(err, &host) && len(host.Certificate.DNSNames) > 0:
		return "write the name that its certificate has (" + few(host.Certificate.DNSNames) + ") into " + section + ".url, or get one for " + host.Host
	case errors.As(err, &host):
		return "get a certificate with the name " + host.Host + " (subjectAltName)"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert.IsCA:
		return "renew the certificate of the authority, write it into " + section + ".ca_file, and check that the clocks of both machines are right"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "renew its certificate, and check that the clocks of both machines are right"
	case errors.As(err, &invalid):
		return "get a new certificate for it"
	}
	return ""
}

// called is signer in brackets.
func called(cert *x509.Certificate) string {
	if name := signer(cert); name != "" {
		return " (" + name + ")"
	}
	return ""
}
