package config

import "reflect"

// Restart names the settings that differ between two configs and that a
// running daemon cannot take over: "ops.listen". All others it can.
func Restart(old, new *Config) []string {
	return restart("", reflect.ValueOf(old).Elem(), reflect.ValueOf(new).Elem())
}

func restart(path string, old, new reflect.Value) []string {
	var names []string
	for _, f := range fields(old.Type()) {
		name := child(path, f.name)
		a, b := old.FieldByIndex(f.index), new.FieldByIndex(f.index)
		switch {
		case f.tag.Get("restart") == "yes":
			if !reflect.DeepEqual(a.Interface(), b.Interface()) {
				names = append(names, name)
			}
		case f.typ.Kind() == reflect.Struct:
			names = append(names, restart(name, a, b)...)
		}
	}
	return names
}
