package app

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

const (
	dirMode  = 0o700
	fileMode = 0o600
	seedFile = "audit.seed"
	// anchorsFile holds the heads of the audit chains, outside the database.
	anchorsFile = "anchors.ndjson"
)

// join keeps both errors; either may be nil.
func join(a, b error) error { return errors.Join(a, b) }

// loadSigner reads the seed of the key that signs the audit, or makes one at the
// first start. The file is readable by the program's user only.
func loadSigner(path string, random io.Reader) (*op.Signer, error) {
	seed, err := os.ReadFile(path) //nolint:gosec // the path is the operator's own data folder
	if errors.Is(err, fs.ErrNotExist) {
		if seed, err = makeSeed(path, random); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, fault.Wrap(err, fault.Precondition, "audit.key")
	}
	return op.NewSigner(seed)
}

// makeSeed writes a new seed durably. Two processes that start at once agree: the
// second finds the first one's file.
func makeSeed(path string, random io.Reader) ([]byte, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	draft, err := os.CreateTemp(filepath.Dir(path), seedFile+".*")
	if err != nil {
		return nil, fault.Wrap(err, fault.Precondition, "audit.key")
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	_, err = draft.Write(seed)
	err = errors.Join(err, draft.Chmod(fileMode), draft.Sync(), draft.Close())
	if err != nil {
		return nil, fault.Wrap(err, fault.Precondition, "audit.key")
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fault.Wrap(err, fault.Precondition, "audit.key")
	}
	return os.ReadFile(path) //nolint:gosec // the path is the operator's own data folder
}

// anchor writes the heads of the chains outside the database, so that cutting off
// the end of the audit is seen.
func (a *App) anchor(heads []op.Seal) error {
	if len(heads) == 0 {
		return nil
	}
	var b bytes.Buffer
	for _, h := range heads {
		line, err := json.Marshal(anchorOf(h))
		if err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	f, err := os.OpenFile(a.anchors, os.O_APPEND|os.O_CREATE|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	return errors.Join(err, f.Sync(), f.Close())
}

// anchorOf is a chain head as written outside the database.
func anchorOf(h op.Seal) op.Anchor {
	return op.Anchor{Chain: op.ID(h.Chain), Seq: h.Seq, Hash: fmt.Sprintf("%x", h.Hash)}
}

// keyPath is the path of a private key.
func (a *App) keyPath(name string) string { return filepath.Join(a.Config.DataDir, "keys", name) }

// readAnchors gives the last anchor of each chain. A torn last line is the trace of
// a stop while writing and is left out.
func readAnchors(path string) ([]op.Anchor, error) {
	f, err := os.Open(path) //nolint:gosec // the path is the operator's own data folder
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	last := map[op.ID]op.Anchor{}
	var order []op.ID
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var an op.Anchor
		if json.Unmarshal(lines.Bytes(), &an) != nil {
			continue
		}
		if _, known := last[an.Chain]; !known {
			order = append(order, an.Chain)
		}
		last[an.Chain] = an
	}
	out := make([]op.Anchor, 0, len(order))
	for _, c := range order {
		out = append(out, last[c])
	}
	return out, lines.Err()
}
