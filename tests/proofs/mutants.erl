%% Damages a module in many ways, loads what comes of it and calls every function that it exports. An argument pair is
%% the range of seeds; each seed is one damaged file. What is shown: how many files were refused, how many ran.
-module(mutants).
-export([main/1]).
-include("subject.hrl").

main([From, To]) ->
    process_flag(trap_exit, true),
    {Refused, Ran, Calls} = seeds(list_to_integer(From), list_to_integer(To), 0, 0, 0),
    erlang:display({refused, Refused, ran, Ran, calls, Calls}),
    ok.

seeds(N, N, Refused, Ran, Calls) -> {Refused, Ran, Calls};
seeds(N, To, Refused, Ran, Calls) ->
    case erlang:load_module(subject, damaged(N)) of
        {error, badfile} -> seeds(N + 1, To, Refused + 1, Ran, Calls);
        {error, on_load} ->
            %% The damage made an instruction say that there is a function to run first. It waits for that, and is given up.
            erlang:finish_after_on_load(subject, false),
            seeds(N + 1, To, Refused + 1, Ran, Calls);
        {module, subject} ->
            erlang:display(N),
            More = run(erlang:get_module_info(subject, exports), N, 0),
            [exit(P, kill) || P <- processes(), P =/= self()],
            flush(),
            true = erlang:delete_module(subject),
            true = erlang:purge_module(subject),
            seeds(N + 1, To, Refused, Ran + 1, Calls + More)
    end.

%% Each call is a process of its own, which gets some turns and is then killed.
run([], _, Calls) -> Calls;
run([{F, A} | Rest], Seed, Calls) ->
    {Pid, Ref} = spawn_monitor(fun() -> call(F, A, Seed) end),
    wait(Pid, Ref, 20),
    run(Rest, next(Seed), Calls + 1).

wait(Pid, Ref, 0) ->
    exit(Pid, kill),
    receive {'DOWN', Ref, process, Pid, _} -> ok end;
wait(Pid, Ref, Turns) ->
    receive
        {'DOWN', Ref, process, Pid, _} -> ok
    after 0 ->
        erlang:yield(),
        wait(Pid, Ref, Turns - 1)
    end.

call(F, A, Seed) ->
    _ = (catch apply(subject, F, some(A, Seed))),
    _ = (catch apply(subject, F, some(A, next(Seed)))),
    garbage_collect(),
    catch apply(subject, F, some(A, next(next(Seed)))).

flush() -> receive _ -> flush() after 0 -> ok end.

some(0, _) -> [];
some(N, Seed) ->
    Values = values(),
    [element((Seed bsr 8) rem tuple_size(Values) + 1, Values) | some(N - 1, next(Seed))].

values() ->
    {0, 1, 2, 7, -3, 1 bsl 70, -(1 bsl 59), 1.5, -0.25, a, ok, subject, [], [1, 2, 3], [a | b], "text", {}, {1, 2},
     {a, 5}, {1, {2, 3}, 4}, {ok, 2, 3, 4}, {point, 1, 2, three}, #{}, #{a => 1}, #{a => 1, b => #{c => 2}}, <<>>,
     <<1, 2, 3, 4, 5>>, <<"text and more">>, <<5:3>>, <<"ab", 1.5:64/float, 0>>, self(), fun(X) -> {X} end, <<195, 169>>,
     [{a, 1}, {b, 2}], [1.5, [2]], infinity}.

%% A number after a number.
next(Seed) -> (Seed * 6364136223846793005 + 1442695040888963407) band 16#FFFFFFFFFFFFFFFF.

below(Seed, N) -> (Seed bsr 20) rem N.

%% One of several kinds of damage; most of it hits the code, which is where most can be wrong.
damaged(N) ->
    Seed = next(next(N * 7919)),
    Whole = ?SUBJECT,
    case below(Seed, 16) of
        0 -> binary_part(Whole, 0, below(next(Seed), byte_size(Whole)));
        1 -> moved(Whole, next(Seed));
        2 -> extreme(Whole, next(Seed));
        K when K < 5 -> bytes(Whole, 0, byte_size(Whole), next(Seed), 1 + K);
        K when K < 12 -> bytes(Whole, ?CODE_AT, ?CODE_SIZE, next(Seed), 1 + below(next(Seed), 3));
        _ -> operands(Whole, next(Seed))
    end.

bytes(Whole, _, _, _, 0) -> Whole;
bytes(Whole, From, Size, Seed, K) ->
    A = next(Seed),
    B = next(A),
    bytes(put_byte(Whole, From + below(A, Size), below(B, 256)), From, Size, B, K - 1).

%% A byte of the code becomes a neighbour: another register, label, literal, opcode.
operands(Whole, Seed) ->
    At = ?CODE_AT + below(Seed, ?CODE_SIZE),
    <<_:At/binary, Old, _/binary>> = Whole,
    Change = element(below(next(Seed), 6) + 1, {1, -1, 16, -16, 8, 128}),
    put_byte(Whole, At, (Old + Change) band 255).

put_byte(Whole, At, Value) ->
    <<Before:At/binary, _, After/binary>> = Whole,
    <<Before/binary, Value, After/binary>>.

%% Bytes of the code overwrite others.
moved(Whole, Seed) ->
    Size = 1 + below(next(Seed), 24),
    From = ?CODE_AT + below(Seed, ?CODE_SIZE - Size),
    To = ?CODE_AT + below(next(next(Seed)), ?CODE_SIZE - Size),
    <<_:From/binary, Piece:Size/binary, _/binary>> = Whole,
    <<Before:To/binary, _:Size/binary, After/binary>> = Whole,
    <<Before/binary, Piece/binary, After/binary>>.

extreme(Whole, Seed) ->
    At = below(Seed, byte_size(Whole) - 4),
    Word = element(below(next(Seed), 6) + 1, {0, 1, 16#7f, 16#ff, 16#7fffffff, 16#ffffffff}),
    <<Before:At/binary, _:4/binary, After/binary>> = Whole,
    <<Before/binary, Word:32, After/binary>>.
