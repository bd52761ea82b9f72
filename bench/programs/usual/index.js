// The same profiles with a dynamic provider written the usual way: its code is captured into every resource.
const pulumi = require("@pulumi/pulumi");
const { profiles } = require("../profiles");

const endpoint = process.env.BENCH_ENDPOINT;
const required = [
  "displayName",
  "hostName",
  "accountName",
  "usernameSource",
  "emailAddressSource",
  "durationOfEmailToSync",
];
const replaceOn = ["platform", "hostName", "emailAddressSource"];
const path = "/beta/deviceManagement/deviceConfigurations";

async function call(method, url, body) {
  const response = await fetch(endpoint + url, {
    method,
    headers: { authorization: "Bearer bench", "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}

function toGraph(inputs) {
  const { platform, easServices, ...settings } = inputs;
  return {
    "@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration",
    ...Object.fromEntries(Object.entries(settings).filter(([name]) => name !== "__provider")),
    easServices: easServices.join(", "),
  };
}

const provider = {
  async check(_olds, news) {
    const failures = required
      .filter((property) => news[property] === undefined || news[property] === "")
      .map((property) => ({ property, reason: `${property} is required` }));
    return { inputs: news, failures };
  },
  async diff(_id, olds, news) {
    const changed = Object.keys(news).filter((name) => JSON.stringify(olds[name]) !== JSON.stringify(news[name]));
    const replaces = changed.filter((name) => replaceOn.includes(name));
    return { changes: changed.length > 0, replaces, deleteBeforeReplace: true };
  },
  async create(inputs) {
    const made = await call("POST", path, toGraph(inputs));
    return { id: made.id, outs: { ...inputs, odataType: made["@odata.type"], version: made.version } };
  },
  async read(id, props) {
    const found = await call("GET", `${path}/${id}`);
    return { id, props: { ...props, hostName: found.hostName, version: found.version } };
  },
  async update(id, _olds, news) {
    const changed = await call("PATCH", `${path}/${id}`, toGraph(news));
    return { outs: { ...news, odataType: changed["@odata.type"], version: changed.version } };
  },
  async delete(id) {
    await call("DELETE", `${path}/${id}`);
  },
};

class UsualProfile extends pulumi.dynamic.Resource {
  constructor(name, args) {
    super(provider, name, { ...args, odataType: undefined, version: undefined });
  }
}

for (const args of profiles(Number(process.env.BENCH_COUNT))) new UsualProfile(args.displayName, args);
