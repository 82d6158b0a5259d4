package ops

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
)

// The page for people: plain ES modules, served as they are, without a build step. What an address
// shows is in docs/page.md.
//
//go:embed web
var web embed.FS

// webPages are the addresses that people open, each with its file and what may be asked behind it.
var webPages = []struct {
	path, file string
	query      []string
}{
	{"/{$}", "web/index.html", nil},
	{"/history", "web/history.html", nil},
	{"/wall", "web/wall.html", []string{"token", "queues", "lang", "theme", "sound"}},
}

// webTypes are the media types of the files; the machine's own table may say otherwise, or nothing.
var webTypes = map[string]string{
	".yaml": "application/yaml", ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", "": "text/plain; charset=utf-8",
}

// webRoutes serve the pages, and all that they load below /web/.
func webRoutes() []route {
	var routes []route
	serve := func(at, file string, query []string) {
		routes = append(routes, route{method: http.MethodGet, path: at, role: anyone, asset: true, query: query, serve: asset(web, file)})
	}
	for _, page := range webPages {
		serve(page.path, page.file, page.query)
	}
	_ = fs.WalkDir(web, "web", func(file string, d fs.DirEntry, err error) error { // an embedded folder can be read
		if err == nil && !d.IsDir() && path.Ext(file) != ".html" {
			serve("/"+file, file, nil)
		}
		return err
	})
	return routes
}

// asset serves an embedded file.
func asset(from fs.FS, name string) func(http.ResponseWriter, *http.Request, who) {
	body, err := fs.ReadFile(from, name)
	if err != nil {
		panic(err) // the file is named wrongly
	}
	kind, known := webTypes[path.Ext(name)]
	if !known {
		panic("ops: webTypes does not know " + name)
	}
	return func(w http.ResponseWriter, _ *http.Request, _ who) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(body) // the client may be gone
	}
}
