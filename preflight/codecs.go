package preflight

import (
	"fmt"
	"slices"
	"strings"
)

// Phrases are kept as plain samples. A channel hears them only in a codec to which Asterisk
// can convert them, and then it can convert every talk too.

// notAudio are formats that carry no voice.
var notAudio = []string{"h261", "h263", "h263p", "h264", "h265", "mpeg4", "vp8", "vp9", "red", "t140", "t140red", "jpeg", "png"}

// converters are the modules, of which one will do, for codecs that are not simply codec_NAME.
var converters = map[string][]string{
	"g726aal2": {"codec_g726"},
	"speex16":  {"codec_speex"}, "speex32": {"codec_speex"},
	"g729": {"codec_g729", "codec_g729a"},
	"g723": {"codec_g723", "codec_g723_1"},
	"opus": {"codec_opus", "codec_opus_open_source"},
	"silk": {"codec_silk"}, "silk8": {"codec_silk"}, "silk12": {"codec_silk"}, "silk16": {"codec_silk"}, "silk24": {"codec_silk"},
	"siren7": {"codec_siren7"}, "siren14": {"codec_siren14"},
}

// codecs tells of an endpoint on which nothing, or not always something, is heard.
func (s *settings) codecs(name string, endpoint map[string]string, runs map[string]bool) {
	allowed := strings.FieldsFunc(endpoint["allow"], func(r rune) bool { return strings.ContainsRune("(|) ,", r) })
	allowed = slices.DeleteFunc(allowed, func(c string) bool { return c == "nothing" || slices.Contains(notAudio, c) })
	deaf := slices.DeleteFunc(slices.Clone(allowed), func(codec string) bool { return convertible(codec, runs) })
	switch {
	case len(allowed) == 0:
		s.add(name, setting{say: fault, problem: "has no codec: no call is established", fix: "allow = alaw,ulaw"})
	case len(deaf) == len(allowed):
		s.add(name, setting{say: fault, problem: fmt.Sprintf("allows only %s, which this Asterisk cannot convert: no phrase and no music is heard", strings.Join(deaf, ", ")),
			fix: "allow = alaw,ulaw, or install a module that converts it,"})
	case len(deaf) > 0:
		s.add(name, setting{say: warning, problem: fmt.Sprintf("allows %s, which this Asterisk cannot convert: a call that takes it hears no phrase and no music", strings.Join(deaf, ", ")),
			fix: "disallow = " + strings.Join(deaf, ",") + ", or install a module that converts it,"})
	}
}

// convertible reports whether Asterisk has the module for a codec.
func convertible(codec string, runs map[string]bool) bool {
	if strings.HasPrefix(codec, "slin") {
		return true
	}
	with := converters[codec]
	if with == nil {
		with = []string{"codec_" + codec}
	}
	return slices.ContainsFunc(with, func(module string) bool { return runs[module] })
}
