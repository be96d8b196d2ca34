// Our log, as somebody else reads it: with golang.org/x/mod/sumdb's tlog and note, which share no
// line with daccord. Requests are JSON values on stdin, answers on stdout, one a line, in order.
//
// What is ours here is the little that x/mod has no code for: the paths of c2sp.org/tlog-tiles,
// entry bundles, the three lines of a checkpoint, cosignatures, and the text of a tlog-proof.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

type request struct {
	Op      string      `json:"op"`
	Prefix  string      `json:"prefix"` // a folder, or http://…
	Keys    []string    `json:"keys"`
	Text    string      `json:"text"` // a note or a tlog-proof
	Leaf    tlog.Hash   `json:"leaf"`
	Index   int64       `json:"index"`
	Size    int64       `json:"size"`
	Root    tlog.Hash   `json:"root"`
	OldSize int64       `json:"old_size"`
	OldRoot tlog.Hash   `json:"old_root"`
	Proof   []tlog.Hash `json:"proof"`
}

type answer struct {
	Error   string      `json:"error"`
	Origin  string      `json:"origin"`
	Size    int64       `json:"size"`
	Root    tlog.Hash   `json:"root"`
	Text    string      `json:"text"`
	Signers []string    `json:"signers"`
	Proof   []tlog.Hash `json:"proof"`
	Index   int64       `json:"index"`
}

func main() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var asked request
		if err := in.Decode(&asked); err == io.EOF {
			return
		} else if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		found, err := serve(asked)
		if err != nil {
			found = answer{Error: err.Error()}
			if found.Error == "" {
				found.Error = "rejected"
			}
		}
		if err := out.Encode(found); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
}

func serve(asked request) (answer, error) {
	switch asked.Op {
	case "log":
		return checkLog(asked)
	case "inclusion":
		return answer{}, tlog.CheckRecord(asked.Proof, asked.Size, asked.Root, asked.Index, asked.Leaf)
	case "consistency":
		return answer{}, tlog.CheckTree(
			asked.Proof, asked.Size, asked.Root, asked.OldSize, asked.OldRoot)
	case "note":
		return openNote(asked.Text, asked.Keys)
	case "checkpoint":
		return openCheckpoint(asked.Text, asked.Keys)
	case "prove_inclusion", "prove_consistency":
		return prove(asked)
	case "tlog_proof":
		return checkProof(asked)
	}
	return answer{}, fmt.Errorf("no such op: %q", asked.Op)
}

// ---- notes and checkpoints

// cosigner verifies what c2sp.org/tlog-cosignature calls cosignature/v1.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(sig)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)
	return ed25519.Verify(c.key, []byte(message), sig[8:])
}

func newVerifier(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) == 3 {
		raw, err := base64.StdEncoding.DecodeString(parts[2])
		if err == nil && len(raw) == 1+ed25519.PublicKeySize && raw[0] == 0x04 {
			sum := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
			hash := binary.BigEndian.Uint32(sum[:])
			if fmt.Sprintf("%08x", hash) != parts[1] {
				return nil, errors.New("a cosigner's key with another id")
			}
			return cosigner{parts[0], hash, raw[1:]}, nil
		}
	}
	return note.NewVerifier(vkey)
}

func openNote(text string, vkeys []string) (answer, error) {
	var known []note.Verifier
	for _, vkey := range vkeys {
		verifier, err := newVerifier(vkey)
		if err != nil {
			return answer{}, err
		}
		known = append(known, verifier)
	}
	opened, err := note.Open([]byte(text), note.VerifierList(known...))
	if err != nil {
		return answer{}, err
	}
	found := answer{Text: opened.Text}
	for _, sig := range opened.Sigs {
		found.Signers = append(found.Signers, fmt.Sprintf("%s+%08x", sig.Name, sig.Hash))
	}
	return found, nil
}

func openCheckpoint(text string, vkeys []string) (answer, error) {
	found, err := openNote(text, vkeys)
	if err != nil {
		return answer{}, err
	}
	lines := strings.Split(found.Text, "\n")
	if len(lines) < 4 {
		return answer{}, errors.New("a checkpoint of fewer than three lines")
	}
	found.Origin = lines[0]
	if found.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || found.Size < 0 {
		return answer{}, errors.New("a checkpoint with a bad size")
	}
	if found.Root, err = tlog.ParseHash(lines[2]); err != nil {
		return answer{}, err
	}
	return found, nil
}

// ---- tiles and bundles

// source reads what stands under a log's prefix.
type source string

var errMissing = errors.New("not there")

func (s source) read(path string) ([]byte, error) {
	if !strings.HasPrefix(string(s), "http://") {
		raw, err := os.ReadFile(filepath.Join(string(s), filepath.FromSlash(path)))
		if os.IsNotExist(err) {
			return nil, fmt.Errorf("%s: %w", path, errMissing)
		}
		return raw, err
	}
	got, err := http.Get(strings.TrimSuffix(string(s), "/") + "/" + path)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	if got.StatusCode == http.StatusNotFound {
		return nil, fmt.Errorf("%s: %w", path, errMissing)
	}
	if got.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, got.Status)
	}
	return io.ReadAll(got.Body)
}

// readWide reads a tile or bundle; when the partial one is gone, the full one that replaced it.
func (s source) readWide(tile tlog.Tile, name string) (raw []byte, whole bool, err error) {
	// x/mod writes tile/<height>/<level>/…; tlog-tiles has no height, and calls bundles "entries"
	rest := strings.SplitN(tile.Path(), "/", 4)[3]
	path := "tile/" + name + "/" + rest
	raw, err = s.read(path)
	if errors.Is(err, errMissing) && tile.W < 1<<tileHeight {
		tile.W = 1 << tileHeight
		raw, _, err = s.readWide(tile, name)
		return raw, true, err
	}
	return raw, false, err
}

func (s source) Height() int                                { return tileHeight }
func (s source) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (s source) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		raw, whole, err := s.readWide(tile, strconv.Itoa(tile.L))
		if err != nil {
			return nil, err
		}
		if whole && len(raw) == tlog.HashSize<<tileHeight {
			raw = raw[:tile.W*tlog.HashSize]
		}
		if len(raw) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s: %d bytes", tile.Path(), len(raw))
		}
		all = append(all, raw)
	}
	return all, nil
}

// bundle reads the entries of one bundle, `width` of them.
func (s source) bundle(number int64, width int) ([][]byte, error) {
	tile := tlog.Tile{H: tileHeight, L: -1, N: number, W: width}
	raw, whole, err := s.readWide(tile, "entries")
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(raw) > 0 {
		if len(raw) < 2 || len(raw)-2 < int(binary.BigEndian.Uint16(raw)) {
			return nil, fmt.Errorf("bundle %d ends within an entry", number)
		}
		end := 2 + int(binary.BigEndian.Uint16(raw))
		entries = append(entries, raw[2:end])
		raw = raw[end:]
	}
	if whole && len(entries) > width {
		entries = entries[:width]
	}
	if len(entries) != width {
		return nil, fmt.Errorf("bundle %d has %d entries, not %d", number, len(entries), width)
	}
	return entries, nil
}

func open(asked request) (answer, tlog.HashReader, source, error) {
	from := source(asked.Prefix)
	raw, err := from.read("checkpoint")
	if err != nil {
		return answer{}, nil, from, err
	}
	found, err := openCheckpoint(string(raw), asked.Keys)
	if err != nil {
		return answer{}, nil, from, err
	}
	tree := tlog.Tree{N: found.Size, Hash: found.Root}
	return found, tlog.TileHashReader(tree, from), from, nil
}

// checkLog reads all of a log: the root from the tiles, every tile against the one above it, every
// entry against its leaf hash, and the root once more from the entries alone.
func checkLog(asked request) (answer, error) {
	found, reader, from, err := open(asked)
	if err != nil {
		return answer{}, err
	}
	if found.Size == 0 { // x/mod's tree hash of nothing is all zeros, RFC 6962's is SHA-256("")
		if found.Root != tlog.Hash(sha256.Sum256(nil)) {
			return answer{}, errors.New("another root than that of an empty tree")
		}
		return found, nil
	}
	root, err := tlog.TreeHash(found.Size, reader)
	if err != nil {
		return answer{}, err
	}
	if root != found.Root {
		return answer{}, errors.New("the tiles have another root")
	}
	var stored []tlog.Hash // every hash of the tree, from the entries alone
	memory := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	for start := int64(0); start < found.Size; start += 1 << tileHeight {
		width := 1 << tileHeight
		if found.Size-start < int64(width) {
			width = int(found.Size - start)
		}
		entries, err := from.bundle(start>>tileHeight, width)
		if err != nil {
			return answer{}, err
		}
		var indexes []int64
		for i := range entries {
			indexes = append(indexes, tlog.StoredHashIndex(0, start+int64(i)))
		}
		leaves, err := reader.ReadHashes(indexes)
		if err != nil {
			return answer{}, err
		}
		for i, entry := range entries {
			if tlog.RecordHash(entry) != leaves[i] {
				return answer{}, fmt.Errorf("entry %d does not hash to its leaf", start+int64(i))
			}
			more, err := tlog.StoredHashes(start+int64(i), entry, memory)
			if err != nil {
				return answer{}, err
			}
			stored = append(stored, more...)
		}
	}
	root, err = tlog.TreeHash(found.Size, memory)
	if err != nil {
		return answer{}, err
	}
	if root != found.Root {
		return answer{}, errors.New("the entries have another root")
	}
	// and every tile that has to be there, byte for byte, from the entries
	for _, tile := range tlog.NewTiles(tileHeight, 0, found.Size) {
		if tile.W < 1<<tileHeight && int64(tile.W) != found.Size>>(tileHeight*tile.L)-tile.N<<tileHeight {
			continue // a partial tile of a smaller tree
		}
		want, err := tlog.ReadTileData(tile, memory)
		if err != nil {
			return answer{}, err
		}
		got, err := from.ReadTiles([]tlog.Tile{tile})
		if err != nil {
			return answer{}, err
		}
		if !bytes.Equal(got[0], want) {
			return answer{}, fmt.Errorf("%s is not what the entries make it", tile.Path())
		}
	}
	return found, nil
}

func prove(asked request) (answer, error) {
	_, reader, _, err := open(asked)
	if err != nil {
		return answer{}, err
	}
	if asked.Op == "prove_inclusion" {
		proof, err := tlog.ProveRecord(asked.Size, asked.Index, reader)
		return answer{Proof: proof}, err
	}
	proof, err := tlog.ProveTree(asked.Size, asked.OldSize, reader)
	return answer{Proof: proof}, err
}

// checkProof reads a tlog-proof and checks that it leads from the leaf to the signed root.
func checkProof(asked request) (answer, error) {
	head, checkpoint, found := strings.Cut(asked.Text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return answer{}, errors.New("not a tlog-proof")
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return answer{}, errors.New("no index")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return answer{}, err
	}
	var proof tlog.RecordProof
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return answer{}, err
		}
		proof = append(proof, hash)
	}
	opened, err := openCheckpoint(checkpoint, asked.Keys)
	if err != nil {
		return answer{}, err
	}
	opened.Index = index
	return opened, tlog.CheckRecord(proof, opened.Size, opened.Root, index, asked.Leaf)
}
