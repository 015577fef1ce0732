#!/usr/bin/env escript
main(_) -> nowhere(X), io:format("no~n").
