package state

import (
	"errors"
	"testing"

	"kezek/queue"
	"kezek/queue/journal"
)

// A reader's place is kept over restarts, and only the owner of the site writes it.
func TestPlacesOfReaders(t *testing.T) {
	t.Parallel()
	srv := startServer(t)
	first := srv.owner(func(o *Options) { o.Instance = "pbx1" })
	if at, ok, err := first.Place(ctx, "webhook"); ok || err != nil {
		t.Errorf("the place at first is %v, %v, %v", at, ok, err)
	}
	places, err := first.Save(ctx, nil, nil, []queue.Entry{entry(0), entry(1)})
	if err != nil || len(places) != 2 || places[1].N != 2 {
		t.Fatalf("%v, %v", places, err)
	}
	for _, at := range []journal.Position{{}, places[0], places[1]} {
		if err := first.SetPlace(ctx, "webhook", at); err != nil {
			t.Fatal(err)
		}
		if is, ok, err := first.Place(ctx, "webhook"); is != at || !ok || err != nil {
			t.Errorf("the place is %v, %v, %v; want %v", is, ok, err, at)
		}
	}
	// Another daemon takes the site over: the first one's place counts no more.
	second := srv.owner(func(o *Options) { o.Instance = "pbx1" })
	if is, ok, _ := second.Place(ctx, "webhook"); is != places[1] || !ok {
		t.Errorf("after the restart the place is %v, %v", is, ok)
	}
	if err := first.SetPlace(ctx, "webhook", places[0]); !errors.Is(err, ErrLost) {
		t.Errorf("a former owner may write: %v", err)
	}
	if is, _, _ := second.Place(ctx, "webhook"); is != places[1] {
		t.Errorf("the place is %v", is)
	}
	// What others have made of the key is no place.
	srv.do("DEL", second.keys.readers())
	srv.do("SET", second.keys.readers(), "x")
	if at, ok, err := second.Place(ctx, "webhook"); ok || err != nil {
		t.Errorf("a place of a string: %v, %v, %v", at, ok, err)
	}
	if err := second.SetPlace(ctx, "webhook", places[0]); err != nil {
		t.Error(err)
	}
	srv.do("HSET", second.keys.readers(), "webhook", "nonsense")
	if at, ok, err := second.Place(ctx, "webhook"); ok || err != nil {
		t.Errorf("a place of nonsense: %v, %v, %v", at, ok, err)
	}
	srv.kill()
	if _, _, err := second.Place(ctx, "webhook"); err == nil {
		t.Error("a place without Redis")
	}
}
