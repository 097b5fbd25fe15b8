"""Tests of corpus_command.py, with a shell script in the place of libFuzzer: it chooses the programs that
say "keep"."""

import argparse
import contextlib
import io
import pathlib
import tempfile
import unittest
from unittest import mock

from dev import campaign, corpus_command, project

LIBFUZZER = r"""#!/bin/bash
chosen=${@: -2:1} corpus=${@: -1}
case " $* " in
  *" -merge=1 "*)
    for file in "$corpus"/*; do
      grep -q bug "$file" && cp "$file" crashes/crash-1
      grep -q keep "$file" && cp "$file" "$chosen/$(sha1sum <"$file" | cut -c1-40)"
    done
    echo "MERGE-OUTER: 2 new files with 15117 new features added; 3795 new coverage edges" >&2 ;;
  *) echo "#3 INITED cov: 5 ft: 15116 corp: 2/9b exec/s: 0" >&2 ;;
esac
"""


class Minimizing(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.home = pathlib.Path(directory.name).resolve()
        self.state = self.home / "map_ops_fuzz"
        self.corpus = self.state / "corpus"
        self.corpus.mkdir(parents=True)
        for name, text in (("a", "keep one"), ("b", "useless"), ("c", "keep two")):
            (self.corpus / name).write_text(text)

    def minimize(self, script=LIBFUZZER):
        target = self.home / "target"
        target.write_text(script)
        target.chmod(0o755)
        programs = mock.Mock(kinds=["fast"], **{"path.return_value": target})
        arguments = argparse.Namespace(action="min", target=None, state=self.home)
        with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said), \
                mock.patch.object(campaign, "programs", lambda *_: programs):
            corpus_command.run(arguments)
        return said.getvalue()

    def contents(self):
        return sorted(path.read_text() for path in self.corpus.iterdir())

    def test_WhatMattersIsKeptAndTheFiguresAreShown(self):
        said = self.minimize()
        self.assertEqual(self.contents(), ["keep one", "keep two"])
        self.assertEqual([line.split() for line in said.splitlines()][1:], [["map_ops_fuzz", "before", "3", "23", "15,117"], ["after", "2", "16", "15,116"]])
        self.assertFalse((self.state / "chosen").exists())

    def test_WhatFailsIsMovedToTheCrashes(self):
        (self.corpus / "d").write_text("bug")
        self.assertIn("1 programs fail and were moved to", self.minimize())
        self.assertEqual((self.contents(), (self.state / "crashes/crash-1").read_text()), (["keep one", "keep two"], "bug"))

    def test_AFailureLeavesTheCorpusAsItWas(self):
        for script, message in (("#!/bin/bash\necho no space >&2; exit 1", "libFuzzer ended with 1: no space"),
                                ("#!/bin/bash\nexit 0", "libFuzzer chose no program")):
            with self.assertRaisesRegex(project.Stop, message):
                self.minimize(script)
            self.assertEqual(len(self.contents()), 3)

    def test_WithoutACorpusItSaysWhereOneComesFrom(self):
        for path in self.corpus.iterdir():
            path.unlink()
        with self.assertRaisesRegex(project.Stop, "./dev fuzz collects one"):
            self.minimize()


if __name__ == "__main__":
    unittest.main()
