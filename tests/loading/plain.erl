-module(plain).
-export([f/0]).
f() -> plain.
