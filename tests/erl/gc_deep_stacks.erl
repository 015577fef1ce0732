%% Collections with deep stacks: values in thousands of frames, of which some changed, floats and bignums in frames,
%% frames of different functions, and returning through them.
-module(gc_deep_stacks).
-export([start/0, id/1]).

start() -> [{Name, plain(Value)} || {Name, Value} <- results()].

results() ->
    [{lists, (fun() -> L = build(id(1500)), {length(L), hd(L), erlang:phash2(L)} end)()},
     {tuples, element(1, tuples(id(500)))},
     {floats, floats(id(300), 0.5)},
     {bigs, erlang:phash2(bigs(id(300), 1 bsl 60))},
     {alternating, erlang:phash2(alt_a(id(400), []))},
     {collect_at_bottom, (fun() -> X = bottom(id(300), []), {length(X), lists:nth(150, X)} end)()},
     {collect_on_way_back, length(way_back(id(200)))},
     {with_tries, tries(id(200))},
     {with_funs, fun_depth(id(200), fun(X) -> X end)},
     {maps_in_frames, map_size(maps_down(id(100)))},
     {binaries_in_frames, byte_size(bins(id(100)))},
     {contexts_in_frames, contexts(binary:copy(<<1, 2, 3>>, 60))},
     {thrown_from_deep, (fun() -> try thrown(id(800), []) catch throw:T -> length(T) end end)()},
     {generations, generations(id(20), [])},
     {unwinding_twice, {catch thrown(id(100), []), catch thrown(id(50), [x])} =/= same}].

build(0) -> [];
build(N) -> X = {N, [N]}, T = build(N - 1), [X | T].

tuples(0) -> {0, leaf};
tuples(N) -> {S, T} = tuples(N - 1), {S + N, {T, [N]}}.

floats(0, F) -> F;
floats(N, F) -> G = F * 1.01 + 0.5, H = floats(N - 1, G), id(G), H + G - H.

bigs(0, B) -> [B];
bigs(N, B) -> C = B + N * (1 bsl 62), L = bigs(N - 1, C), [C | L].

alt_a(0, Acc) -> Acc;
alt_a(N, Acc) -> A = [N], B = alt_b(N - 1, [A | Acc], A), [A | B].
alt_b(N, Acc, X) when N < 1 -> [X | Acc];
alt_b(N, Acc, X) -> Y = {X, N}, garbage(2), Z = alt_a(N - 1, Acc), [Y, X | Z].

bottom(0, Acc) -> garbage(200), erlang:garbage_collect(), Acc;
bottom(N, Acc) -> X = [N, {N}], R = bottom(N - 1, [X | Acc]), [X | R].

way_back(0) -> [];
way_back(N) -> X = <<N>>, Y = way_back(N - 1), if N rem 20 =:= 0 -> erlang:garbage_collect(); true -> ok end, [{X, N} | Y].

tries(0) -> throw(end_);
tries(N) -> X = {N, [N]}, try tries(N - 1) of _ -> wrong catch throw:end_ when N > 150 -> X; throw:R -> id(X), throw(R) after garbage(2) end.

fun_depth(0, F) -> F([]);
fun_depth(N, F) -> fun_depth(N - 1, fun(X) -> Y = F([N | X]), garbage(1), if is_list(Y) -> length(Y); true -> Y end end).

maps_down(0) -> #{};
maps_down(N) -> V = [N, {N}], M = maps_down(N - 1), M#{N => V, {k, N rem 10} => M}.

bins(0) -> <<>>;
bins(N) -> X = <<N, N>>, B = bins(N - 1), garbage(2), <<X/binary, B/binary>>.

contexts(<<X, R/binary>>) -> Y = [X], S = contexts(R), garbage(2), S + hd(Y);
contexts(<<>>) -> 0.

thrown(0, Acc) -> garbage(100), throw(Acc);
thrown(N, Acc) -> X = {N}, Y = thrown(N - 1, [X | Acc]), {X, Y}.

generations(0, L) -> [length(X) || X <- L];
generations(N, L) -> X = seq(1, N * 3), garbage(40), erlang:garbage_collect(), generations(N - 1, [X | L]).

seq(A, B) when A > B -> [];
seq(A, B) -> [A | seq(A + 1, B)].

garbage(0) -> ok;
garbage(N) -> id([{N}, N]), garbage(N - 1).

%% Binaries, lists and maps in a form that never prints as text and does not depend on the order of keys.
plain(T) when is_bitstring(T) -> list_to_tuple([bits, bit_size(T) | [X || <<X:8>> <= <<T/bits, 0:7>>]]);
plain([]) -> [];
plain([_ | _] = T) -> [l | plain_list(T)];
plain(T) when is_tuple(T) -> list_to_tuple([plain(X) || X <- tuple_to_list(T)]);
plain(T) when is_map(T) -> {map, [{plain(K), plain(V)} || {K, V} <- sorted(maps:to_list(T), [])]};
plain(T) -> T.

plain_list([H | T]) -> [plain(H) | plain_list(T)];
plain_list([]) -> [];
plain_list(T) -> [{tail, plain(T)}].

sorted([], Acc) -> Acc;
sorted([X | T], Acc) -> sorted(T, insert(X, Acc)).

insert(X, [Y | T]) when X > Y -> [Y | insert(X, T)];
insert(X, T) -> [X | T].

id(X) -> X.
