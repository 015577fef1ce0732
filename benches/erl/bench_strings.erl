%% Text: splitting, joining, upper case, conversion to and from numbers, formatting.
-module(bench_strings).
-export([start/0, run/1]).

start() -> run(60).

run(N) -> rounds(N, 0).

rounds(0, Sum) -> Sum;
rounds(N, Sum) ->
    Words = ["word" ++ integer_to_list(X) || X <- lists:seq(1, 300)],
    Line = string:join(Words, " "),
    Split = string:lexemes(Line, " "),
    Upper = string:uppercase(Line),
    Numbers = [list_to_integer(lists:nthtail(4, W)) || W <- Split],
    Text = lists:flatten(io_lib:format("~s ~w ~p~n", [hd(Split), length(Split), Numbers])),
    Bin = unicode:characters_to_binary(Text),
    Parts = binary:split(Bin, <<",">>, [global]),
    rounds(N - 1, Sum + length(Upper) + lists:sum(Numbers) + length(Parts)).
