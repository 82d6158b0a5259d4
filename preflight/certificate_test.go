package preflight

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"strings"
	"testing"
)

// What is wrong with a certificate has the fix for this, by the names that stand in it.
func TestCertificateFixes(t *testing.T) {
	office := &x509.Certificate{Issuer: pkix.Name{CommonName: "Office"}, DNSNames: []string{"db.example"}}
	for _, c := range []struct {
		err  error
		own  bool
		want string
	}{
		{x509.UnknownAuthorityError{Cert: office}, false, "set redis.ca_file to the certificate (PEM) of the authority that signed it (CN=Office)"},
		{x509.UnknownAuthorityError{Cert: office}, true, "or let the server send the certificates between its own and that authority's"},
		{x509.HostnameError{Certificate: office, Host: "10.0.0.2"}, true, "write the name that its certificate has (db.example) into redis.url, or have one made for 10.0.0.2"},
		{x509.HostnameError{Certificate: &x509.Certificate{}, Host: "10.0.0.2"}, true, "have a certificate made with the name 10.0.0.2"},
		{x509.CertificateInvalidError{Cert: office, Reason: x509.Expired}, true, "renew its certificate"},
		{x509.CertificateInvalidError{Cert: &x509.Certificate{IsCA: true}, Reason: x509.Expired}, true, "renew the certificate of the authority, write it into redis.ca_file"},
		{fmt.Errorf("something else"), true, ""},
	} {
		got := certificateFix(fmt.Errorf("dial: %w", c.err), "redis", c.own)
		if !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}
