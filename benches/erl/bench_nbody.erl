%% Floats in records: the planets' motion around the sun.
-module(bench_nbody).
-export([start/0, run/1]).

-record(body, {x, y, z, vx, vy, vz, m}).

start() -> run(30000).

run(N) ->
    Bodies = steps(N, bodies()),
    round(energy(Bodies, 0.0) * 1.0e9).

bodies() ->
    [#body{x = 0.0, y = 0.0, z = 0.0, vx = 0.0, vy = 0.0, vz = 0.0, m = 39.47841760435743},
     #body{x = 4.84143144246472090, y = -1.16032004402742839, z = -0.103622044471123109,
           vx = 0.606326392995832, vy = 2.81198684491626, vz = -0.02521836165988763, m = 0.03769367487038949},
     #body{x = 8.34336671824457987, y = 4.12479856412430479, z = -0.403523417114321381,
           vx = -1.01077434617879236, vy = 1.82566237123041186, vz = 0.00841576137658415351, m = 0.0112863261319687668}].

steps(0, Bodies) -> Bodies;
steps(N, Bodies) -> steps(N - 1, [move(pull(B, Bodies)) || B <- Bodies]).

pull(B, []) -> B;
pull(#body{x = X, y = Y, z = Z, vx = VX, vy = VY, vz = VZ} = B, [#body{x = X2, y = Y2, z = Z2, m = M} | Rest]) ->
    DX = X - X2,
    DY = Y - Y2,
    DZ = Z - Z2,
    D2 = DX * DX + DY * DY + DZ * DZ,
    if
        D2 == 0.0 -> pull(B, Rest);
        true ->
            Mag = 0.001 * M / (D2 * math:sqrt(D2)),
            pull(B#body{vx = VX - DX * Mag, vy = VY - DY * Mag, vz = VZ - DZ * Mag}, Rest)
    end.

move(#body{x = X, y = Y, z = Z, vx = VX, vy = VY, vz = VZ} = B) ->
    B#body{x = X + 0.001 * VX, y = Y + 0.001 * VY, z = Z + 0.001 * VZ}.

energy([], E) -> E;
energy([#body{vx = VX, vy = VY, vz = VZ, m = M} | Rest], E) ->
    energy(Rest, E + 0.5 * M * (VX * VX + VY * VY + VZ * VZ)).
