package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
)

// abc is the first vector of FIPS 180-2, and empty the digest of nothing.
const (
	abcDigest   = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	emptyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

func newStore(t *testing.T) *Folder {
	t.Helper()
	store, err := NewFolder(filepath.Join(t.TempDir(), "files"))
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func put(t *testing.T, store *Folder, content string) Ref {
	t.Helper()
	ref, err := store.Put(t.Context(), strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// contents lists the regular files below the root, parts included.
func contents(t *testing.T, store *Folder) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(store.root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			relative, _ := filepath.Rel(store.root, path)
			found = append(found, relative)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestPutKnown(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	for content, digest := range map[string]string{"abc": abcDigest, "": emptyDigest} {
		ref := put(t, store, content)
		if ref != (Ref{SHA256: digest, Size: int64(len(content))}) {
			t.Errorf("%q is named %+v", content, ref)
		}
	}
	want := []string{"ba/78/" + abcDigest, "e3/b0/" + emptyDigest}
	if got := contents(t, store); !slices.Equal(got, want) {
		t.Errorf("the folder holds %v; want %v", got, want)
	}
	info, err := os.Stat(store.path(abcDigest))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; only the owner may read", info.Mode(), err)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.SliceOfN(rapid.Byte(), 0, 5000).Draw(t, "content")
		source := iotest.OneByteReader(bytes.NewReader(content))
		ref, err := store.Put(context.Background(), source, int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		if ref.SHA256 != hex.EncodeToString(sum[:]) || ref.Size != int64(len(content)) || !ref.Valid() {
			t.Fatalf("ref %+v", ref)
		}
		reader, err := store.Open(context.Background(), ref)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(reader)
		if err = errors.Join(err, reader.Close()); err != nil || !bytes.Equal(got, content) {
			t.Fatalf("read %d bytes of %d, %v", len(got), len(content), err)
		}
		exists, err := store.Exists(context.Background(), ref)
		if err = errors.Join(err, store.Verify(context.Background(), ref)); err != nil || !exists {
			t.Fatalf("exists %v, %v", exists, err)
		}
	})
}

func TestPutBound(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	for _, c := range []struct {
		size, max int
		want      string
	}{{10, 10, ""}, {11, 10, CodeTooLarge}, {0, 0, ""}, {1, 0, CodeTooLarge}, {1 << 20, 1<<20 - 1, CodeTooLarge}} {
		ref, err := store.Put(t.Context(), strings.NewReader(strings.Repeat("x", c.size)), int64(c.max))
		if fault.CodeOf(err) != c.want || (err != nil) != (ref == Ref{}) {
			t.Errorf("%d bytes, bound %d: %+v, %v; want %q", c.size, c.max, ref, err, c.want)
		}
	}
	if got := contents(t, store); len(got) != 2 {
		t.Errorf("refused contents left %v", got)
	}
	ref, err := store.Put(t.Context(), strings.NewReader("no bound"), math.MaxInt64)
	if err != nil || ref.Size != 8 {
		t.Errorf("the largest bound: %+v, %v", ref, err)
	}
	endless := &endlessReader{}
	if _, err := store.Put(t.Context(), endless, 1<<16); fault.KindOf(err) != fault.Limit || endless.read > 1<<17 {
		t.Errorf("an endless source: %v after %d bytes", err, endless.read)
	}
}

type endlessReader struct{ read int }

func (r *endlessReader) Read(p []byte) (int, error) {
	r.read += len(p)
	return len(p), nil
}

// The upload is cut at every byte: nothing is stored, and the same store then
// takes the whole.
func TestPutTruncatedSource(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	content := strings.Repeat("relève;index\n", 20)
	cut := errors.New("connection reset")
	for at := range len(content) {
		source := io.MultiReader(strings.NewReader(content[:at]), iotest.ErrReader(cut))
		ref, err := store.Put(t.Context(), source, 1<<20)
		if fault.CodeOf(err) != CodeSource || !errors.Is(err, cut) || ref != (Ref{}) {
			t.Fatalf("cut at %d: %+v, %v", at, ref, err)
		}
	}
	if got := contents(t, store); len(got) != 0 {
		t.Fatalf("cut uploads left %v", got)
	}
	if err := store.Verify(t.Context(), put(t, store, content)); err != nil {
		t.Error(err)
	}
}

func TestPutKeepsTheSourcesOwnFault(t *testing.T) {
	t.Parallel()
	own := fault.New(fault.Limit, "upload.too_slow")
	_, err := newStore(t).Put(t.Context(), iotest.ErrReader(own), 10)
	if fault.CodeOf(err) != "upload.too_slow" || fault.KindOf(err) != fault.Limit {
		t.Errorf("%v; want the source's fault", err)
	}
}

func TestPutCancelled(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	source := io.MultiReader(strings.NewReader("first"), readerFunc(func([]byte) (int, error) {
		cancel()
		return 0, nil
	}))
	if _, err := store.Put(ctx, source, 100); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if got := contents(t, store); len(got) != 0 {
		t.Errorf("a cancelled Put left %v", got)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestPutSameContentConcurrently(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	content := strings.Repeat("même contenu ", 5000)
	refs := make([]Ref, 16)
	var group sync.WaitGroup
	for i := range refs {
		group.Go(func() {
			ref, err := store.Put(t.Context(), strings.NewReader(content), 1<<20)
			if err = errors.Join(err, store.Verify(t.Context(), ref)); err != nil {
				t.Errorf("writer %d: %v", i, err)
			}
			refs[i] = ref
		})
	}
	group.Wait()
	if len(slices.Compact(refs)) != 1 || len(contents(t, store)) != 1 {
		t.Errorf("%d names, files %v; want one", len(slices.Compact(refs)), contents(t, store))
	}
}

// Any damage is found: each truncation, each flipped byte, a longer file, an
// empty one.
func TestDamageIsFound(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	content := "facture 2026-000017 : 1 234,56 DH"
	ref := put(t, store, content)
	path := store.path(ref.SHA256)
	damaged := []string{content + "0", content + content}
	for at := range len(content) {
		flipped := []byte(content)
		flipped[at] ^= 0x20
		damaged = append(damaged, content[:at], string(flipped))
	}
	for _, wrong := range damaged {
		if err := os.WriteFile(path, []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := store.Verify(t.Context(), ref); fault.CodeOf(err) != CodeCorrupt {
			t.Fatalf("%q: Verify = %v", wrong, err)
		}
		reader, err := store.Open(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(iotest.DataErrReader(reader))
		if fault.CodeOf(err) != CodeCorrupt || len(got) > len(content) {
			t.Fatalf("%q: read %d bytes, %v", wrong, len(got), err)
		}
		if _, err := reader.Read(make([]byte, 1)); fault.CodeOf(err) != CodeCorrupt {
			t.Fatalf("%q: read again: %v", wrong, err)
		}
		reader.Close()
		exists, err := store.Exists(t.Context(), ref)
		if err != nil || exists != (len(wrong) == len(content)) {
			t.Fatalf("%q: Exists = %v, %v", wrong, exists, err)
		}
	}
	put(t, store, content)
	if err := store.Verify(t.Context(), ref); err != nil {
		t.Errorf("storing the content again does not repair it: %v", err)
	}
}

func TestUnknownReferences(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	put(t, store, "abc")
	for name, ref := range map[string]Ref{
		"unknown":    {SHA256: emptyDigest},
		"empty":      {},
		"upper case": {SHA256: strings.ToUpper(abcDigest), Size: 3},
		"short":      {SHA256: abcDigest[:62], Size: 3},
		"negative":   {SHA256: abcDigest, Size: -1},
		"path":       {SHA256: "../../../../../../../../../../../../../../../../../../etc/passwd1", Size: 3},
	} {
		if _, err := store.Open(t.Context(), ref); fault.CodeOf(err) != CodeNotFound || fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: Open = %v", name, err)
		}
		if err := store.Verify(t.Context(), ref); fault.CodeOf(err) != CodeNotFound {
			t.Errorf("%s: Verify = %v", name, err)
		}
		if exists, err := store.Exists(t.Context(), ref); exists || err != nil {
			t.Errorf("%s: Exists = %v, %v", name, exists, err)
		}
	}
}

func TestWalk(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	var want []Ref
	for i := range 40 {
		want = append(want, put(t, store, strings.Repeat("x", i)))
	}
	slices.SortFunc(want, func(a, b Ref) int { return strings.Compare(a.SHA256, b.SHA256) })
	for _, foreign := range []string{"notes.txt", "part/put-123", "ba/" + abcDigest} {
		path := filepath.Join(store.root, foreign)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	var got []Ref
	err := store.Walk(t.Context(), func(ref Ref) error {
		got = append(got, ref)
		return nil
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("Walk gives %d contents, %v; want %d in order", len(got), err, len(want))
	}
	stop := errors.New("enough")
	count := 0
	if err := store.Walk(t.Context(), func(Ref) error { count++; return stop }); err != stop || count != 1 {
		t.Errorf("a visit that fails: %v after %d", err, count)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := store.Walk(ctx, func(Ref) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled walk: %v", err)
	}
}

// The disk is gone under the store.
func TestMissingFolder(t *testing.T) {
	t.Parallel()
	if _, err := NewFolder(filepath.Join(t.TempDir(), "absent", "files")); fault.CodeOf(err) != CodeWrite {
		t.Errorf("no parent: %v; want %s", err, CodeWrite)
	}
	store := newStore(t)
	ref := put(t, store, "abc")
	if err := os.RemoveAll(store.root); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Put(t.Context(), strings.NewReader("abc"), 3); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("Put = %v; want unavailable", err)
	}
	if _, err := store.Open(t.Context(), ref); fault.CodeOf(err) != CodeNotFound {
		t.Errorf("Open = %v", err)
	}
	if err := store.Walk(t.Context(), func(Ref) error { return nil }); fault.CodeOf(err) != CodeRead {
		t.Errorf("Walk = %v; an absent store is not an empty one", err)
	}
	if _, err := store.Sweep(t.Context(), time.Now()); fault.CodeOf(err) != CodeWrite {
		t.Errorf("Sweep = %v", err)
	}
}

// Where a folder should be there is a file, and the reverse: errors that also
// stop the administrator of the machine.
func TestBlockedPaths(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	if err := os.WriteFile(filepath.Join(store.root, "ba"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ref := Ref{SHA256: abcDigest, Size: 3}
	if _, err := store.Put(t.Context(), strings.NewReader("abc"), 3); fault.CodeOf(err) != CodeWrite {
		t.Errorf("Put = %v", err)
	}
	if got := contents(t, store); !slices.Equal(got, []string{"ba"}) {
		t.Errorf("a failed Put left %v", got)
	}
	if _, err := store.Open(t.Context(), ref); fault.CodeOf(err) != CodeRead {
		t.Errorf("Open = %v", err)
	}
	if _, err := store.Exists(t.Context(), ref); fault.CodeOf(err) != CodeRead {
		t.Errorf("Exists = %v", err)
	}
	other := newStore(t)
	if err := os.MkdirAll(other.path(abcDigest), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Put(t.Context(), strings.NewReader("abc"), 3); fault.CodeOf(err) != CodeWrite {
		t.Errorf("Put over a folder = %v", err)
	}
	if err := other.Verify(t.Context(), ref); fault.CodeOf(err) != CodeRead {
		t.Errorf("Verify of a folder = %v", err)
	}
	if exists, err := other.Exists(t.Context(), ref); exists || err != nil {
		t.Errorf("a folder is not a content: %v, %v", exists, err)
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	limit := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for name, written := range map[string]time.Time{
		"put-old": limit.Add(-time.Second), "put-now": limit, "put-new": limit.Add(time.Hour),
	} {
		path := filepath.Join(store.root, partFolder, name)
		if err := errors.Join(os.WriteFile(path, []byte("x"), 0o600), os.Chtimes(path, written, written)); err != nil {
			t.Fatal(err)
		}
	}
	ref := put(t, store, "abc")
	count, err := store.Sweep(t.Context(), limit)
	want := []string{"ba/78/" + abcDigest, "part/put-new", "part/put-now"}
	if got := contents(t, store); err != nil || count != 1 || !slices.Equal(got, want) {
		t.Errorf("Sweep = %d, %v; left %v; want %v", count, err, got, want)
	}
	if err := store.Verify(t.Context(), ref); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if count, err := store.Sweep(ctx, limit.Add(2*time.Hour)); count != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %d, %v", count, err)
	}
}

func BenchmarkPut(b *testing.B) {
	store, err := NewFolder(filepath.Join(b.TempDir(), "files"))
	if err != nil {
		b.Fatal(err)
	}
	content := make([]byte, 1<<20)
	random := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		content[random.IntN(len(content))]++
		if _, err := store.Put(b.Context(), bytes.NewReader(content), 1<<20); err != nil {
			b.Fatal(err)
		}
	}
}
