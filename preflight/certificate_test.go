package preflight

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"strings"
	"testing"
	"time"
)

// What is wrong with a certificate has the fix for this, by the names that stand in it.
func TestCertificateFixes(t *testing.T) {
	old, future := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC), time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)
	office := &x509.Certificate{Issuer: pkix.Name{CommonName: "Office"}, DNSNames: []string{"db.example"}, NotAfter: old}
	for _, c := range []struct {
		err  error
		own  bool
		want string
		says string
	}{
		{x509.UnknownAuthorityError{Cert: office}, false, "set redis.ca_file to the certificate (PEM) of the authority that signed it (Office)", "the certificate is signed by an authority that this machine does not trust (Office)"},
		{x509.UnknownAuthorityError{Cert: office}, true, "or let the server send the certificates between its own and that authority's", "that this machine does not trust (Office)"},
		{x509.HostnameError{Certificate: office, Host: "10.0.0.2"}, true, "write the name that its certificate has (db.example) into redis.url, or get one for 10.0.0.2", "the certificate is for db.example, not for 10.0.0.2"},
		{x509.HostnameError{Certificate: &x509.Certificate{}, Host: "10.0.0.2"}, true, "get a certificate with the name 10.0.0.2", "the certificate is not for 10.0.0.2"},
		{x509.CertificateInvalidError{Cert: office, Reason: x509.Expired}, true, "renew its certificate", "the certificate has expired on 2020-01-02T03:04:05Z"},
		{x509.CertificateInvalidError{Cert: &x509.Certificate{NotBefore: future}, Reason: x509.Expired}, true, "clocks of both machines are right", "the certificate is not valid before 2999-01-01T00:00:00Z, and it is 20"},
		{x509.CertificateInvalidError{Cert: &x509.Certificate{IsCA: true}, Reason: x509.Expired}, true, "renew the certificate of the authority, write it into redis.ca_file", "the authority's certificate has expired"},
		{x509.CertificateInvalidError{Cert: office, Reason: x509.IncompatibleUsage}, true, "get a new certificate for it", "the certificate is not a server certificate"},
		{fmt.Errorf("something else"), true, "", "something else"},
	} {
		_, got := certificate(fmt.Errorf("dial: %w", c.err), "redis", c.own)
		if !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
		if said := plain(fmt.Errorf("dial: %w", c.err)); !strings.Contains(said, c.says) || strings.Contains(said, "x509") {
			t.Errorf("%v is told as %q", c.err, said)
		}
	}
}
