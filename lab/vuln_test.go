package lab

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A known vulnerability in what is called fails the check. A database that cannot be reached, or
// that does not answer, does not, and does not hang it.
func TestVulnerabilities(t *testing.T) {
	if os.Getenv("KEZEK_LAB") != "1" {
		t.Skip("builds govulncheck and looks through a package; set KEZEK_LAB=1")
	}
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer hanging.Close()
	defer hanging.CloseClientConnections()
	refusing := httptest.NewServer(http.NotFoundHandler())
	defer refusing.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, c := range []struct {
		name, db string
		fails    bool
		says     string
	}{
		{"found", vulnerabilities(t, "github.com/goccy/go-json", "Unmarshal"), true, "GO-2026-0001"},
		{"not called", vulnerabilities(t, "github.com/goccy/go-json", "NeverCalled"), false, "none known in what is called"},
		{"none", vulnerabilities(t, "", ""), false, "none known in what is called"},
		{"hangs", hanging.URL, false, "skipped"},
		{"refuses", refusing.URL, false, "skipped"},
		{"unreachable", "http://" + closed.Addr().String(), false, "skipped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			begun := time.Now()
			cmd := exec.Command("../.ci/vuln", "./ari")
			cmd.Env = append(os.Environ(), "VULNDB="+c.db)
			out, err := cmd.CombinedOutput()
			if (err != nil) != c.fails || !strings.Contains(string(out), c.says) {
				t.Errorf("%v\n%s", err, out)
			}
			if took := time.Since(begun); took > 3*time.Minute {
				t.Errorf("took %v", took)
			}
		})
	}
}

// vulnerabilities makes a database with one entry, about a symbol of a module's main package, or with none.
func vulnerabilities(t *testing.T, module, symbol string) (url string) {
	t.Helper()
	const at = "2026-01-01T00:00:00Z"
	dir := t.TempDir()
	files := map[string]string{"index/db.json": `{"modified":"` + at + `"}`, "index/modules.json": "[]", "index/vulns.json": "[]"}
	if module != "" {
		files["index/modules.json"] = fmt.Sprintf(`[{"path":%q,"vulns":[{"id":"GO-2026-0001","modified":%q}]}]`, module, at)
		files["index/vulns.json"] = fmt.Sprintf(`[{"id":"GO-2026-0001","modified":%q}]`, at)
		files["ID/GO-2026-0001.json"] = fmt.Sprintf(`{"schema_version":"1.3.1","id":"GO-2026-0001","modified":%q,"published":%q,"summary":"made for a test",
			"affected":[{"package":{"name":%q,"ecosystem":"Go"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}],
			"ecosystem_specific":{"imports":[{"path":%q,"symbols":[%q]}]}}]}`, at, at, module, module, symbol)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return "file://" + dir
}
