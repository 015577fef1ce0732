%% What a full collection costs under a million frames, each of which holds a live term.
%%
%% main([Frames, Collections]) shows {bench, bench_frames, Frames, [Nanoseconds]}, one time for each collection.
-module(bench_frames).
-export([main/1]).

main([FramesText, CollectionsText]) ->
    Frames = list_to_integer(FramesText),
    {Frames, Times} = deep(Frames, list_to_integer(CollectionsText)),
    erlang:display({bench, bench_frames, Frames, Times}),
    ok.

deep(0, Collections) ->
    {0, collect(Collections)};
deep(N, Collections) ->
    Live = [N],
    {Depth, Times} = deep(N - 1, Collections),
    {Depth + length(Live), Times}.

collect(0) ->
    [];
collect(N) ->
    Start = erlang:monotonic_time(nanosecond),
    erlang:garbage_collect(),
    Time = erlang:monotonic_time(nanosecond) - Start,
    [Time | collect(N - 1)].
