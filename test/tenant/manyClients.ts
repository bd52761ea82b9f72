/** One of many programs on a tenant: makes, changes, assigns and deletes profiles of its own, and says what it left. */
import { openHistory } from "./history";
import { assign, type Calls, configurations, profileBodies, worldOf } from "./world";

const type = profileBodies.ios["@odata.type"];
const rounds = 12;

/** What a client knows of the profiles that it left, by id. */
export type Left = Record<string, { displayName: string; hostName: string; groups: number }>;

/** Each change of a profile sets name and account together, so that half of one would be seen. */
const both = (word: string) => ({ displayName: word, accountName: word });

export async function work(world: Calls, client: string): Promise<Left> {
  const left: Left = {};
  for (let round = 0; round < rounds; round++) {
    const name = `${client}/${round}`;
    const body = { ...profileBodies.ios, ...both(name), hostName: `${round}.test.example` };
    const { id } = expect(201, await world.post(configurations, body));
    expect(200, await assign(world, id, ["A", "B"]));
    const hostName = `new${round}.test.example`;
    expect(
      200,
      await world.call("PATCH", `${configurations}/${id}`, { "@odata.type": type, ...both(`${name}!`), hostName }),
    );
    if (round % 3 === 0) expect(204, await world.call("DELETE", `${configurations}/${id}`));
    else if (round % 3 === 1) expect(200, await world.post(`${configurations}/${id}/assign`, { assignments: [] }));
    if (round % 3 !== 0) left[id] = { displayName: `${name}!`, hostName, groups: round % 3 === 1 ? 0 : 2 };
  }
  return left;
}

export function expect(status: number, answer: Awaited<ReturnType<Calls["call"]>>) {
  if (answer.status !== status)
    throw new Error(`${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

// As a program: on the file itself, beside all others.
if (require.main === module) {
  const [data, client] = process.argv.slice(2);
  const tenant = openHistory(data);
  work(worldOf(tenant), client!).then((left) => process.send?.(left, () => tenant.close()));
}
