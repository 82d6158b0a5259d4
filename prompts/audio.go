package prompts

import (
	"embed"
	"io/fs"
	"sync"
)

//go:embed audio
var embedded embed.FS

// Audio is the shipped folder of audio, which the program carries.
func Audio() fs.FS {
	dir, err := fs.Sub(embedded, "audio")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return dir
}

var shipped = sync.OnceValue(func() Manifest {
	m, err := ReadManifest(Audio())
	if err != nil {
		panic(err) // the file is part of the program, and tested
	}
	return m
})
