-module(caller).
-export([start/0]).
start() -> {version, counter:version()}.
