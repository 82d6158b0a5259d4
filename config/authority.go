package config

import (
	"crypto/x509"
	"encoding/pem"
	"strings"
)

// authorities reads the certificates of the site's own authorities.
func (l *loader) authorities(doc *document) {
	a, r := &doc.Asterisk, &doc.Redis
	a.CAs = l.authority("asterisk", a.CAFile, a.URL, "https://")
	r.CAs = l.authority("redis", r.CAFile, r.URL, "rediss://")
}

// authority reads one file of certificates; nil if none is named, or nothing may be opened.
func (l *loader) authority(section, file, url, scheme string) *x509.CertPool {
	path := section + ".ca_file"
	name, data, ok := l.readNamed(path, file)
	if !ok {
		return nil
	}
	if !strings.HasPrefix(url, scheme) {
		l.warnf(path, "is not used: %s.url does not start with %s", section, scheme)
	}
	pool := x509.NewCertPool()
	for n := 1; ; n++ {
		block, rest := pem.Decode(data)
		if block == nil {
			if n == 1 {
				l.badf(path, "%s contains no certificate: want PEM, which starts with -----BEGIN CERTIFICATE-----", name)
			}
			return pool
		}
		data = rest
		if block.Type != "CERTIFICATE" {
			l.badf(path, "%s: part %d is not a certificate but a %s", name, n, strings.ToLower(block.Type))
			return nil
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			l.badf(path, "%s: certificate %d is damaged: copy the whole file again", name, n)
			return nil
		}
		pool.AddCert(cert)
	}
}
