package main

import (
	"math/bits"
	"runtime"
	"unsafe"

	"gcmap/bench/words"
)

// The work of bench/gc_work.h: the same, in the same order, on Go's collector.

type trees struct {
	depth         uint32
	nodes, digest uint64
}

type treeNode struct {
	left, right *treeNode
}

func grow(s *stalls, depth uint32) *treeNode {
	node := new(treeNode)
	s.operation()
	if depth > 0 {
		node.left = grow(s, depth-1)
		node.right = grow(s, depth-1)
	}
	return node
}

func (n *treeNode) count() uint64 {
	if n.left == nil {
		return 1
	}
	return 1 + n.left.count() + n.right.count()
}

func (t *trees) run(s *stalls) {
	const depthMin = 4
	t.note(t.depth+1, grow(s, t.depth+1).count())
	kept := grow(s, t.depth)
	for depth := uint32(depthMin); depth <= t.depth; depth += 2 {
		var nodes uint64
		for left := uint64(1) << (t.depth - depth + depthMin); left > 0; left-- {
			nodes += grow(s, depth).count()
		}
		t.note(depth, nodes)
	}
	t.note(t.depth, kept.count())
}

func (t *trees) note(depth uint32, nodes uint64) {
	t.nodes += nodes
	t.digest = words.Mix64(t.digest+uint64(depth)) + nodes
}

func (t *trees) operations() uint64 { return t.nodes }
func (t *trees) checksum() uint64   { return t.digest }

// Objects of the window.
type (
	object struct {
		number uint64
	}
	leaf[Rest any] struct {
		object
		rest Rest
	}
	linked struct {
		object
		leaf *object
	}
	link[Rest any] struct {
		linked
		rest Rest
	}
)

const survivors = 1 << 17

type windowed struct {
	objects, seed uint64
	ring          []*object
	latest        *object
	digest        uint64
}

func (w *windowed) kind(number uint64) uint64 { return words.Word(w.seed, number) % 8 }
func isLeaf(kind uint64) bool                 { return kind < 4 }

func makeLeaf[Rest any](w *windowed) *object {
	w.latest = &new(leaf[Rest]).object
	return w.latest
}

func makeLink[Rest any](w *windowed) *object {
	made := new(link[Rest])
	made.leaf = w.latest
	return &made.object
}

func (w *windowed) make(kind uint64) *object {
	switch kind {
	case 0, 1:
		return makeLeaf[[1]uint64](w)
	case 2:
		return makeLeaf[[5]uint64](w)
	case 3:
		return makeLeaf[[11]uint64](w)
	case 4, 5:
		return makeLink[[2]uint64](w)
	case 6:
		return makeLink[[6]uint64](w)
	default:
		return makeLink[[14]uint64](w)
	}
}

func (w *windowed) read(o *object) {
	w.digest += words.Mix64(o.number)
	if !isLeaf(w.kind(o.number)) {
		w.digest ^= (*linked)(unsafe.Pointer(o)).leaf.number
	}
}

func (w *windowed) run(s *stalls) {
	w.ring = make([]*object, survivors)
	w.latest = new(object)
	for i := uint64(0); i < w.objects; i++ {
		made := w.make(w.kind(i))
		made.number = i
		place := &w.ring[i%survivors]
		if *place != nil {
			w.read(*place)
		}
		*place = made
		s.operation()
	}
}

func (w *windowed) operations() uint64 { return w.objects }
func (w *windowed) checksum() uint64 {
	for _, o := range w.ring {
		if o != nil {
			w.read(o)
		}
	}
	return w.digest
}

type graphNode struct {
	number              uint64
	left, right, across *graphNode
	rest                [4]uint64
}

type graph struct {
	seed, nodes uint64
	root        *graphNode
}

func newGraph(mebibytes, seed uint64) graph {
	g := graph{seed: seed, nodes: mebibytes << 20 / uint64(unsafe.Sizeof(graphNode{}))}
	g.build()
	runtime.GC()
	return g
}

// at says which node, in order of allocation, stands at a place of the tree.
func (g *graph) at(place uint64) uint64 {
	half := bits.TrailingZeros64(g.nodes) / 2
	place = place * 0x9e3779b97f4a7c15 % g.nodes
	place ^= place >> half
	return place * 0xbf58476d1ce4e5b9 % g.nodes
}

func (g *graph) build() {
	all := make([]*graphNode, g.nodes)
	for i := range all {
		all[i] = &graphNode{number: uint64(i)}
	}
	for place := uint64(0); place < g.nodes; place++ {
		node := all[g.at(place)]
		if 2*place+1 < g.nodes {
			node.left = all[g.at(2*place+1)]
		}
		if 2*place+2 < g.nodes {
			node.right = all[g.at(2*place+2)]
		}
		node.across = all[words.Word(g.seed, place)%g.nodes]
	}
	g.root = all[g.at(0)]
}

func (n *graphNode) digest() uint64 {
	sum := words.Mix64(n.number ^ words.Mix64(n.across.number))
	if n.left != nil {
		sum += n.left.digest()
	}
	if n.right != nil {
		sum += n.right.digest()
	}
	return sum
}

type mark struct {
	graph
}

func (m *mark) run(s *stalls) {
	runtime.GC()
	s.read()
}

func (m *mark) operations() uint64 { return m.nodes }
func (m *mark) checksum() uint64   { return m.root.digest() }

type held struct {
	graph
	sum  uint64
	made *graphNode // here, so that it is made in the heap
}

func (h *held) run(s *stalls) {
	here := h.root
	for i := uint64(0); i < h.operations(); i++ {
		made := new(graphNode)
		h.made = made
		made.number = i
		made.across = here
		s.operation()
		if i%8 != 0 {
			continue
		}
		var next *graphNode
		switch words.Word(^h.seed, i) % 3 {
		case 0:
			next = here.left
		case 1:
			next = here.right
		default:
			next = here.across
		}
		if next == nil {
			next = h.root
		}
		made.across = here.across
		here.across = next.across
		next.across = made.across
		here = next
		h.sum += next.number
	}
}

func (h *held) operations() uint64 { return 3 * h.nodes }
func (h *held) checksum() uint64   { return h.root.digest() + h.sum }

type value struct {
	number uint64
	rest   [3]uint64
}

type churn struct {
	entries, seed uint64
	table         map[uint64]*value
	digest        uint64
}

func newChurn(entries, seed uint64) *churn {
	c := &churn{entries: entries, seed: seed, table: make(map[uint64]*value)}
	for i := uint64(0); i < entries; i++ {
		c.put(i)
	}
	runtime.GC()
	return c
}

func (c *churn) put(number uint64) {
	c.table[words.Word(c.seed, number)] = &value{number: number}
}

func (c *churn) run(s *stalls) {
	for i := uint64(0); i < c.operations(); i++ {
		delete(c.table, words.Word(c.seed, i))
		c.put(c.entries + i)
		if found := c.table[words.Word(c.seed, i+1+words.Word(^c.seed, i)%c.entries)]; found != nil {
			c.digest += words.Mix64(found.number)
		}
		s.operation()
	}
}

func (c *churn) operations() uint64 { return 10 * c.entries }
func (c *churn) checksum() uint64 {
	for key, value := range c.table {
		c.digest += words.Mix64(key ^ value.number)
	}
	return c.digest
}
