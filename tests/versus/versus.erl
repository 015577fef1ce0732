%% Compiles generated modules and runs them: the half of tests/src/versus that both systems carry out. Each call is a
%% process of its own; a line says what came of it, with the process dictionary and the messages that were left.
-module(versus).
-export([compile/1, main/1, cap/1]).

%% Compiles DIR/NAME.erl for each name, two at a time. A line for each that does not compile.
compile([Dir | Names]) ->
    Self = self(),
    Server = spawn_link(fun() -> serve(Names) end),
    Compilers = [spawn_monitor(fun() -> compiler(Dir, Server, Self) end) || _ <- [1, 2]],
    [receive {'DOWN', Ref, process, _, normal} -> ok end || {_, Ref} <- Compilers],
    halt(0).

serve([]) -> receive {next, From} -> From ! done, serve([]) end;
serve([Name | Names]) -> receive {next, From} -> From ! Name, serve(Names) end.

compiler(Dir, Server, Main) ->
    Server ! {next, self()},
    receive
        done -> ok;
        Name ->
            case compile:file(filename:join(Dir, Name), [return_errors, deterministic, {outdir, Dir}]) of
                {ok, _} -> ok;
                Error -> io:format("~s ~0p~n", [Name, Error])
            end,
            compiler(Dir, Server, Main)
    end.

%% Runs all calls of the modules.
main(Names) ->
    process_flag(trap_exit, true),
    [module(list_to_atom(Name)) || Name <- Names],
    io:put_chars("end\n"),
    ok.

module(Module) ->
    [call(Module, Function, Arguments) || {Function, Arguments} <- Module:calls()].

call(Module, Function, Arguments) ->
    {Pid, Ref} = spawn_monitor(fun() -> exit({done, text(outcome(Module, Function, Arguments))}) end),
    Text = receive
        {'DOWN', Ref, process, Pid, {done, Bytes}} -> Bytes;
        {'DOWN', Ref, process, Pid, Other} -> text({ended, plain(Other)})
    after 20000 ->
        exit(Pid, kill),
        receive {'DOWN', Ref, process, Pid, _} -> <<"endless">> end
    end,
    io:put_chars([atom_to_list(Module), $\s, atom_to_list(Function), $\s, Text, $\n]).

outcome(Module, Function, Arguments) ->
    Value =
        try apply(Module, Function, Arguments) of
            V -> {ok, plain(V)}
        catch
            Class:Reason:Trace -> {Class, plain(Reason), trace(Module, Trace)}
        end,
    {Value, lists:sort([plain(P) || P <- get()]), messages()}.

messages() -> receive Message -> [plain(Message) | messages()] after 0 -> [] end.

%% The frame that failed, and where the module was. Whether the operator is shown that failed with a float depends on
%% how code for floats was made.
trace(_, []) -> [];
trace(Module, [{erlang, Operator, [A, B], _} | Rest])
  when is_float(A) orelse is_float(B), Operator =:= '+' orelse Operator =:= '-' orelse Operator =:= '*' orelse Operator =:= '/' ->
    trace(Module, Rest);
trace(Module, [Top = {erlang, F, _, _}, {Module, G, A, _} | Rest]) when F =:= abs; F =:= '+' ->
    %% The reference may give the line behind the call, if these are called as funs.
    once([frame(Module, Frame) || Frame <- [Top, {Module, G, A, []} | [X || X <- Rest, element(1, X) =:= Module]]]);
trace(Module, [Top | Rest]) -> once([frame(Module, F) || F <- [Top | [F || F <- Rest, element(1, F) =:= Module]]]).

%% The reference shows some calls twice that fail where they are made.
once([F, F | Rest]) -> once([F | Rest]);
once([F | Rest]) -> [F | once(Rest)];
once([]) -> [].

%% Lines count in the module itself only: some of the library's functions are built in on one system only.
frame(Module, {M, F, A, Location}) ->
    Info = [I || I = {error_info, _} <- Location],
    {M, F, plain(A), [Line || {line, Line} <- Location, M =:= Module], plain(Info)}.

%% Terms that print alike on all systems: no identities, maps as sorted lists, none of the causes that construction of
%% bitstrings gives.
plain([{error_info, #{function := _}} | T]) -> plain(T);
plain([H | T]) -> [plain(H) | plain(T)];
plain(T) when is_tuple(T) -> list_to_tuple(plain(tuple_to_list(T)));
plain(T) when is_map(T) -> {'#map', lists:sort([{plain(K), plain(V)} || {K, V} <- maps:to_list(T)])};
plain(T) when is_function(T) ->
    case erlang:fun_info(T, type) of
        {type, external} -> T;
        _ -> {'#fun', element(2, erlang:fun_info(T, arity))}
    end;
plain(T) when is_pid(T) -> '#pid';
plain(T) when is_reference(T) -> '#reference';
plain(T) when is_port(T) -> '#port';
plain(T) -> T.

text(Term) ->
    Text = unicode:characters_to_binary(io_lib:format("~w", [Term])),
    case Text of
        <<Start:2000/binary, _/binary>> -> [whole(Start), "... ", integer_to_list(erlang:crc32(Text))];
        _ -> Text
    end.

%% Text without a character that was cut off at its end.
whole(Text) ->
    case unicode:characters_to_binary(Text) of
        {incomplete, Whole, _} -> Whole;
        Whole -> Whole
    end.

%% A value that does not grow without bounds in a loop.
cap(Value) ->
    case size(Value, 300) of
        Left when Left > 0 -> Value;
        _ -> big
    end.

size(_, Left) when Left =< 0 -> Left;
size([H | T], Left) -> size(T, size(H, Left - 2));
size(T, Left) when is_tuple(T) -> size(tuple_to_list(T), Left - 1);
size(T, Left) when is_map(T) -> size(maps:to_list(T), Left - 1);
size(T, Left) when is_integer(T), (T > 1 bsl 2000 orelse T < -(1 bsl 2000)) -> Left - 300;
size(T, Left) when is_bitstring(T) -> Left - 1 - bit_size(T) div 64;
size(_, Left) -> Left - 1.
