#!/usr/bin/env escript
-mode(compile).
start(_) -> ok.
