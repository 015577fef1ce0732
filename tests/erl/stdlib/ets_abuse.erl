%% Many processes do everything to the same tables at once; what must hold at the end is checked.
-module(ets_abuse).
-export([start/0, id/1]).

start() ->
    [{Type, [{counters, counters(Type)}, {conserved, conserved(Type)}, {storm, storm(Type)}]} || Type <- [set, ordered_set]] ++
        [{Type, [{bags, bags(Type)}, {storm, storm(Type)}]} || Type <- [bag, duplicate_bag]] ++ [{owners, owners()}].

parallel(N, F) ->
    Self = self(),
    Workers = [spawn_monitor(fun() -> Self ! {done, self(), F(I)} end) || I <- lists:seq(1, N)],
    [receive
         {done, P, R} -> receive {'DOWN', Ref, process, P, normal} -> R end;
         {'DOWN', Ref, process, P, Reason} when Reason =/= normal -> {failed, Reason}
     end || {P, Ref} <- Workers].

%% No addition is lost.
counters(Type) ->
    T = ets:new(t, [Type, public, {write_concurrency, true}]),
    N = id(1500),
    parallel(4, fun(W) -> [ets:update_counter(T, I rem 10, {2, W}, {I rem 10, 0}) || I <- lists:seq(1, N)], ok end),
    {lists:sum([V || {_, V} <- ets:tab2list(T)]) =:= N * (1 + 2 + 3 + 4), ets:info(T, size)}.

%% What is taken is put back: at the end everything is there once, and lists are inserted whole or not at all.
conserved(Type) ->
    T = ets:new(t, [Type, public]),
    ets:insert(T, [{I, full} || I <- lists:seq(1, 50)]),
    R = parallel(4, fun(W) ->
        put(seed, W),
        [begin
             Mine = ets:take(T, rnd(50)),
             ets:insert(T, Mine),
             case ets:insert_new(T, [{{new, W}, I}, {{new, shared}, I}]) of
                 true -> true = ets:member(T, {new, W}), ets:delete(T, {new, W}), ets:delete(T, {new, shared});
                 false -> ok
             end
         end || I <- lists:seq(1, 500)],
        ets:delete(T, {new, W}), ets:delete(T, {new, shared}),
        ok
    end),
    {R, ets:info(T, size), lists:sort([K || {K, full} <- ets:tab2list(T)]) =:= lists:seq(1, 50)}.

bags(Type) ->
    T = ets:new(t, [Type, public]),
    parallel(4, fun(W) -> [ets:insert(T, {I rem 5, W, I}) || I <- lists:seq(1, 300)], [ets:delete_object(T, {I rem 5, W, I}) || I <- lists:seq(1, 300, 2)], ok end),
    All = ets:tab2list(T),
    InOrder = [begin Mine = [I || {_, W1, I} <- ets:lookup(T, K), W1 =:= W], Mine =:= lists:sort(Mine) end || K <- lists:seq(0, 4), W <- lists:seq(1, 4)],
    {length(All), lists:all(fun({K, _, I}) -> I rem 2 =:= 0 andalso I rem 5 =:= K end, All), lists:usort(InOrder)}.

%% Every operation at random; objects are never torn: both elements of each agree.
storm(Type) ->
    T = ets:new(t, [Type, public]),
    R = parallel(5, fun(W) -> put(seed, W * 977), [operation(T, rnd(16), rnd(300)) || _ <- lists:seq(1, 1200)], ok end),
    All = ets:tab2list(T),
    {lists:usort(R), lists:all(fun(O) -> element(2, O) =:= {value, element(1, O)} end, All), %% The reference system may miscount bags that are emptied while fixed.
     Type =:= bag orelse Type =:= duplicate_bag orelse length(All) =:= ets:info(T, size),
     ets:select_count(T, [{'_', [], [true]}]) =:= length(All), ets:info(T, fixed), lists:usort([length(All) >= 0, walk(T, ets:first(T), 0) =< length(All)])}.

walk(_, '$end_of_table', N) -> N;
walk(T, K, N) -> walk(T, ets:next(T, K), N + 1).

operation(T, N, K) ->
    Whole = fun(L) -> true = lists:all(fun(O) -> element(2, O) =:= {value, element(1, O)} end, L) end,
    case N of
        1 -> ets:insert(T, {K, {value, K}});
        2 -> ets:insert(T, [{I, {value, I}} || I <- lists:seq(K, K + 20)]);
        3 -> ets:delete(T, K);
        4 -> Whole(ets:lookup(T, K));
        5 -> Whole(ets:take(T, K));
        6 -> Whole(ets:tab2list(T));
        7 -> ets:select_delete(T, [{{'$1', '_'}, [{'>', '$1', K}, {'<', '$1', K + 10}], [true]}]);
        8 -> ets:select_count(T, [{{'$1', '_'}, [{'>', '$1', K}], [true]}]);
        9 -> collect(ets:select(T, [{'_', [], ['$_']}], 17), Whole);
        10 -> ets:safe_fixtable(T, true), (catch walk(T, ets:first(T), 0)), ets:safe_fixtable(T, false);
        11 -> ets:insert_new(T, {K, {value, K}});
        12 -> ets:delete_object(T, {K, {value, K}});
        13 -> (catch ets:update_element(T, K, {2, {value, K}}));
        14 -> ets:member(T, K), ets:info(T);
        15 -> (catch ets:select_replace(T, [{{'$1', '$2'}, [{'<', '$1', K}], [{{'$1', {{value, '$1'}}}}]}]));
        16 -> case K of 1 -> ets:delete_all_objects(T); _ -> ets:first(T), ets:last(T) end
    end.

collect('$end_of_table', _) -> ok;
collect({L, C}, F) -> F(L), collect(ets:select(C), F).

%% Owners and users come and go; every error is a badarg.
owners() ->
    R = parallel(6, fun(W) ->
        put(seed, W * 31),
        [try
             case rnd(6) of
                 1 -> ets:new(shared_name, [named_table, public]);
                 2 -> ets:insert(shared_name, {rnd(10), x});
                 3 -> ets:delete(shared_name);
                 4 -> ets:tab2list(shared_name);
                 5 -> {P, Ref} = spawn_monitor(fun() -> catch ets:new(shared_name, [named_table, public]), ets:select(shared_name, [{'_', [], ['$_']}]) end),
                      exit(P, kill), receive {'DOWN', Ref, _, _, _} -> ok end;
                 6 -> ets:rename(shared_name, other_name), ets:rename(other_name, shared_name)
             end,
             ok
         catch error:badarg -> ok end || _ <- lists:seq(1, 300)],
        ok
    end),
    catch ets:delete(shared_name),
    catch ets:delete(other_name),
    {lists:usort(R), ets:whereis(shared_name), ets:whereis(other_name)}.

rnd(N) ->
    Seed = (get(seed) * 1103515245 + 12345) rem (1 bsl 31),
    put(seed, Seed),
    (Seed bsr 12) rem N + 1.

id(X) -> X.
