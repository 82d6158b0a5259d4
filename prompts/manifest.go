package prompts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// ManifestName is the manifest's file in a folder of audio.
const ManifestName = "manifest.json"

// Recording is the By of a file that a person spoke. Kezek never overwrites such a file.
const Recording = "recording"

// Entry ties one file of audio to the words that it says.
type Entry struct {
	File    string  `json:"file"`             // path in the folder: "ru/hold.wav"
	By      string  `json:"by"`               // the synthetic voice, or Recording
	Text    string  `json:"text"`             // the words it says
	Seconds float64 `json:"seconds"`          // its length
	Recipe  string  `json:"recipe,omitempty"` // how it was synthesised; another recipe would give other audio
	SHA256  string  `json:"sha256"`           // of the file
}

// Manifest holds an Entry for each recording of a folder, by language and name without ending: "ru/hold".
type Manifest map[string]Entry

// Stem is a file's path without its ending, the key of a Manifest.
func Stem(file string) string { return strings.TrimSuffix(file, path.Ext(file)) }

// ReadManifest reads the manifest of a folder of audio. A folder without one gives an empty manifest. Names that no phrase can have,
// such as "../x", are left out: whoever may write into the folder can put them there.
func ReadManifest(dir fs.FS) (Manifest, error) {
	m, _, err := readManifest(dir)
	return m, err
}

// readManifest also tells the names that it left out, as they may be printed.
func readManifest(dir fs.FS) (m Manifest, refused []string, err error) {
	data, err := fs.ReadFile(dir, ManifestName)
	if errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	var entries []Entry
	if err := json.Unmarshal(data, &entries); err != nil {
		return nil, nil, fmt.Errorf("%s is not what kezek prompts writes; delete it and run: kezek prompts install", ManifestName)
	}
	m = make(Manifest, len(entries))
	for _, e := range entries {
		if !ours(e.File) {
			refused = append(refused, shown(e.File))
			continue
		}
		m[Stem(e.File)] = e
	}
	return m, refused, nil
}

// Encode writes the manifest with one line for each file, sorted, so that a change shows as a change of its line.
func (m Manifest) Encode() []byte {
	entries := make([]Entry, 0, len(m))
	for _, e := range m {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.File, b.File) })
	lines := make([][]byte, len(entries))
	for i, e := range entries {
		line, err := json.Marshal(e)
		if err != nil {
			panic(err) // strings and numbers always encode
		}
		lines[i] = line
	}
	return slices.Concat([]byte("[\n"), bytes.Join(lines, []byte(",\n")), []byte("\n]\n"))
}

// Sum is the SHA256 of an Entry's file.
func Sum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
