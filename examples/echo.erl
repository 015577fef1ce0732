%% A module without start/0: main/1 receives the arguments after `--` as strings.
-module(echo).
-export([main/1]).

main([]) ->
    ok;
main([Argument | Rest]) ->
    erlang:display(list_to_atom(Argument)),
    main(Rest).
