-module(records_native_terms).
-export([start/0]).

%% Native records among terms: order, equality, hashes, external format, copies, tables, the module records.

-record #one{only = 1}.
-record #two{first, second = 2}.
-record #none{}.
-export_record([one]).

start() ->
    [order(), numbers(), equal(), hashes(), external(), damaged(), copied(), tables(), keys(), inspected(), created(),
     updated(), sizes()].

make(M, N, Fields, Exported) -> records:create(M, N, Fields, #{is_exported => Exported}).

order() ->
    Records = [make(M, N, F, E) || M <- [ma, mb], N <- [na, nb], E <- [true, false],
                                   F <- [[], [{a, 1}], [{a, 2}], [{b, 0}], [{a, 1}, {b, 1}], [{b, 1}, {a, 0}],
                                         [{a, 0}, {b, 2}], [{c, 0}, {a, 0}, {b, 0}]]],
    Sorted = lists:sort(Records),
    Kinds = [{}, {1, 2, 3}, #none{}, #{}, #{a => 1}, [], [a], <<>>, 1, 2.0, a, fun lists:sort/1, self()],
    [length(lists:usort(Records)), Sorted =:= lists:sort(lists:reverse(Records)),
     [{records:get_module(R), records:get_name(R), records:is_exported(R), records:get_field_names(R)} || R <- Sorted],
     [K || K <- lists:sort(Kinds), not is_pid(K)],
     [{A < B, A == B} || A <- [#two{first = 1}, #two{first = 2, second = 1}], B <- [#two{first = 2}, #two{first = 1}]],
     max(#none{}, {}), min(#none{}, #{}), erts_internal:cmp_term(#one{only = 1}, #one{only = 1.0}),
     #two{first = {1, [2.0]}} == #two{first = {1.0, [2]}}, #two{first = {1, [2.0]}} =:= #two{first = {1.0, [2]}}].

numbers() ->
    A = #one{only = 1}, B = #one{only = 1.0}, C = #one{only = 2},
    [A == B, A =:= B, A =< B, B =< A, A < C, C > B, B /= C, A =/= B,
     lists:keyfind(B, 1, [{A, found}]), lists:member(B, [A]), #{A => x} =:= #{B => x}].

equal() ->
    R = #two{first = id([1, 2, {3}])},
    S = make(?MODULE, two, [{first, [1, 2, {3}]}, {second, 2}], false),
    T = make(?MODULE, two, [{second, 2}, {first, [1, 2, {3}]}], false),
    U = make(?MODULE, two, [{first, [1, 2, {3}]}, {second, 2}], true),
    [[X =:= Y || Y <- [R, S, T, U]] || X <- [R, S, T, U]].

%% One field, or the same value in all, because the order of the values in a hash depends on the age of atoms.
hashes() ->
    Records = [#one{}, #one{only = a}, #one{only = [x]}, #none{}, #two{first = 2}, #two{first = x, second = x},
               make(m, r, [], true), make(m, r, [], false), make(m, r, [{f, 0}], true), make(m, r, [{f, -1}], false),
               make(m, r, [{f, #one{only = #none{}}}], true), make(m, r, [{f, 1 bsl 80}], true),
               make(m, r, [{f, 1.5}, {g, 1.5}, {h, 1.5}], true), make('Ünicode', 'names ∑', [{'é', <<1:3>>}], true)],
    [{erlang:phash2(R), erlang:phash2(R, 1 bsl 32), erlang:phash2({a, [R]}, 1 bsl 32), erlang:phash2(#{R => R}, 1 bsl 32)}
     || R <- Records] ++ [erlang:phash(R, 1 bsl 27) || R <- [#none{}, #one{only = x}, {1, #one{only = [3, y]}}]].

external() ->
    Records = [#one{}, #two{first = [#none{}], second = {#one{only = 2}, <<1, 2>>}}, #none{},
               make(m, r, [{f, []}], true), make('Ünicode', 'names ∑', [{'é', <<1:3>>}, {'', x}], true),
               {[#one{} | #none{}], #{#none{} => #one{}}},
               make(m, r, [{list_to_atom("f" ++ integer_to_list(N)), N} || N <- lists:seq(1, 300)], false)],
    [begin
         Bytes = term_to_binary(R),
         Back = binary_to_term(Bytes),
         {byte_size(Bytes), erlang:crc32(Bytes), Back =:= R, binary_to_term(Bytes, [safe]) =:= R,
          binary_to_term(Bytes, [used]) =:= {R, byte_size(Bytes)}, binary_to_term(term_to_binary(R, [compressed])) =:= R,
          term_to_binary(R, [deterministic]) =:= Bytes, erlang:crc32(term_to_binary(R, [{minor_version, 1}]))}
     end || R <- Records] ++ [term_to_binary(hd(Records)), term_to_binary(#two{first = id(a)})].

damaged() ->
    Atom = fun(A) -> [119, length(A), A] end,
    Good = [131, 67, 0, 0, 0, 2, 1, Atom("m"), Atom("n"), Atom("b"), Atom("a"), 97, 1, 97, 2],
    All = iolist_to_binary(Good),
    Decode = fun(Bytes) -> try binary_to_term(iolist_to_binary(Bytes)) catch error:badarg -> badarg end end,
    [Decode(Good)] ++
        [Decode(binary:part(All, 0, N)) || N <- lists:seq(2, byte_size(All) - 1)] ++
        [Decode([131, 67 | B]) ||
            B <- [[0, 0, 0, 2, 1, Atom("m"), Atom("n"), Atom("a"), Atom("a"), 97, 1, 97, 2],
                  [0, 0, 0, 1, 2, Atom("m"), Atom("n"), Atom("a"), 97, 1],
                  [0, 0, 0, 1, 0, Atom("m"), Atom("n"), Atom("a"), 97, 1],
                  [0, 0, 0, 1, 1, 97, 1, Atom("n"), Atom("a"), 97, 1],
                  [0, 0, 0, 1, 1, Atom("m"), 106, Atom("a"), 97, 1],
                  [0, 0, 0, 1, 1, Atom("m"), Atom("n"), 97, 1, 97, 1],
                  [0, 0, 0, 0, 1, 100, 0, 1, "m", 115, 1, "n"],
                  [255, 255, 255, 255, 1, Atom("m"), Atom("n")]]] ++
        [try binary_to_term(iolist_to_binary([131, 67, 0, 0, 0, 1, 1, Atom("m"), Atom("n"), Atom("never seen before"), 97, 1]), [safe])
         catch error:badarg -> badarg end].

copied() ->
    R = #two{first = [#none{}, #one{only = lists:seq(1, 30)}], second = self()},
    Self = self(),
    Pid = spawn(fun() -> receive {From, Q} -> erlang:garbage_collect(), From ! {again, Q#two{second = From}} end end),
    Pid ! {self(), R},
    Back = receive {again, B} -> B end,
    spawn(fun() -> put(r, R), erlang:garbage_collect(), Self ! get(r) end),
    Other = receive O -> O end,
    persistent_term:put(records_native_terms, R),
    put(kept, R),
    erlang:garbage_collect(),
    [Back =:= R, Other =:= R, persistent_term:get(records_native_terms) =:= R, get(kept) =:= R, persistent_term:erase(records_native_terms)].

tables() ->
    Rows = [{#one{only = 1}, a}, {#one{only = 1.0}, b}, {#one{only = 2}, c}, {#none{}, d}, {e, #one{only = e}}, {#two{first = '$1'}, f}],
    [begin
         T = ets:new(t, [Kind]),
         ets:insert(T, Rows),
         [ets:info(T, size), [ets:lookup(T, K) || K <- [#one{only = 1}, #one{only = 2.0}, #none{}, {}]],
          ets:match_object(T, {#one{only = 1}, '_'}), ets:match(T, {#one{only = '$1'}, '_'}),
          ets:match(T, {#two{first = '$1'}, '$2'}), ets:match_object(T, {#one{only = '_'}, '_'}),
          lists:sort(ets:select(T, [{{'$1', '$2'}, [{is_record, '$1', ?MODULE, one}], ['$2']}])),
          ets:select(T, [{{'$1', '$2'}, [{'=:=', '$1', #none{}}], ['$2']}]),
          ets:select(T, [{{e, '$1'}, [], [#one{only = '$1'}, {{'$1', {const, #none{}}}}]}]),
          ets:select_count(T, [{{'$1', '_'}, [{'<', {{}}, '$1'}, {'<', '$1', #{}}], [true]}]),
          ets:update_element(T, #one{only = 2}, {2, #none{}}), ets:lookup(T, #one{only = 2}),
          ets:take(T, #none{}), ets:member(T, #none{})]
     end || Kind <- [set, ordered_set]] ++
        [try ets:insert(ets:new(t, []), #one{}) catch error:badarg -> badarg end,
         try ets:lookup_element(ets:new(t, []), #one{}, 1) catch error:badarg -> badarg end].

keys() ->
    Small = #{#one{only = N} => N || N <- lists:seq(1, 10)},
    Large = #{#one{only = N} => N || N <- lists:seq(1, 500)},
    [maps:get(#one{only = 3}, Small), maps:get(#one{only = 333}, Large), maps:find(#one{only = 3.0}, Large),
     lists:sum(maps:values(Large)), maps:size(maps:remove(#one{only = 1}, Large)),
     maps:is_key(make(?MODULE, one, [{only, 4}], true), Large), maps:is_key(make(?MODULE, one, [{only, 4}], false), Large)].

inspected() ->
    R = #two{first = x},
    F = fun(Name, Args) -> try apply(records, Name, Args) catch error:E -> E end end,
    [F(Name, Args) ||
        {Name, Args} <- [{get_module, [R]}, {get_module, [{}]}, {get_name, [R]}, {get_name, [x]}, {get_field_names, [R]},
                         {get_field_names, [#none{}]}, {get_field_names, [1]}, {is_exported, [R]}, {is_exported, [#one{}]},
                         {is_exported, [[]]}, {get, [first, R]}, {get, [second, R]}, {get, [third, R]}, {get, [1, R]}, {get, [a, b]},
                         {get_definition, [?MODULE, one]}, {get_definition, [?MODULE, two]}, {get_definition, [?MODULE, none]},
                         {get_definition, [?MODULE, three]}, {get_definition, [records_native_none, one]},
                         {get_definition, [1, one]}, {get_definition, [?MODULE, 1]}]].

created() ->
    F = fun(Args) -> try apply(records, create, Args) catch error:E -> E end end,
    Yes = #{is_exported => true},
    [F(Args) || Args <- [[m, n, [], Yes], [m, n, [{a, 1}, {b, 2}], Yes], [m, n, [{b, 1}, {a, 2}], #{is_exported => false}],
                         [m, n, [{a, 1}, {a, 2}], Yes], [m, n, [{a, 1}, b], Yes], [m, n, [{1, 1}], Yes], [m, n, [{1, 1} | x], Yes],
                         [m, n, [{a, 1, 2}], Yes], [m, n, x, Yes], [m, n, [{a, 1}], #{}], [m, n, [{a, 1}], #{is_exported => 1}],
                         [m, n, [{a, 1}], #{is_exported => true, more => 1}], [m, n, [{a, 1}], x], [1, n, [], Yes], [m, 2, [], Yes],
                         [1, 2, [x], x], [m, n, [{1, 1}, x], #{}], [?MODULE, one, [{other, 1}], Yes]]].

updated() ->
    R = #two{first = x},
    F = fun(Args) -> try apply(records, update, Args) catch error:E -> E end end,
    [F(Args) || Args <- [[R, ?MODULE, two, #{first => y}], [R, ?MODULE, two, #{}], [R, ?MODULE, two, #{second => 1, first => 2}],
                         [R, ?MODULE, two, #{third => 1}], [R, ?MODULE, one, #{first => 1}], [R, m, two, #{first => 1}],
                         [R, 1, two, #{first => 1}], [R, ?MODULE, 1, #{}], [R, ?MODULE, two, []], [x, ?MODULE, two, #{}],
                         [x, ?MODULE, two, []], [R, ?MODULE, two, #{1 => 1}], [R, ?MODULE, one, x]]].

sizes() ->
    [erts_debug:flat_size(R) || R <- [#none{}, #one{}, #two{first = x}, #two{first = {id(1)}}, {#one{only = id(2)}, [#none{}]}]].

id(X) -> X.
