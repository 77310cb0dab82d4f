// A capsule in JavaScript: what ComponentizeJS makes of a module that imports every function of astrid:sys/host.
//
//   report   calls each host function and answers with what it got, as JSON
//   refused  makes each function that can fail do so, and answers with the errors, as JSON
//   echo     answers with the payload
//   nop      answers without data
//   configs  asks for the setting base_url as often as the payload says, and answers with the last value
//   spin     loops for ever
//   throw    throws
import {
  checkCapsuleCapability,
  clockMonotonicNs,
  clockMs,
  enumerateCapabilities,
  getCaller,
  getConfig,
  log,
  randomBytes,
  signalReady,
  sleepNs,
} from "astrid:sys/host@1.0.0";

const somebody = "00000000-0000-0000-0000-000000000001";

// failure calls a function that must fail and returns the error that it fails with, as the host gave it.
function failure(call) {
  try {
    return { returned: call() };
  } catch (e) {
    return e.payload;
  }
}

// The errors come with the functions that do not return one: null where the key would be missing.
const actions = {
  report() {
    const before = clockMonotonicNs();
    sleepNs(1_000_000n);
    log("info", "grüße aus dem capsule 🦀");
    log("debug", "a second line");
    signalReady();
    return JSON.stringify({
      config: getConfig("base_url") ?? null,
      unset: getConfig("no-such-key") ?? null,
      caller: getCaller(),
      year: new Date(Number(clockMs())).getUTCFullYear(),
      slept: clockMonotonicNs() - before >= 1_000_000n,
      random: [randomBytes(0n).length, randomBytes(32n).length, randomBytes(4096n).length],
      varied: new Set(randomBytes(64n)).size > 8,
      check: failure(() => checkCapsuleCapability({ sourceUuid: somebody, capability: "net_connect" })),
      capabilities: enumerateCapabilities(),
    });
  },
  refused() {
    return JSON.stringify({
      reserved: failure(() => getConfig("__reserved")),
      sleep: failure(() => sleepNs(60_000_000_001n)),
      random: failure(() => randomBytes(4097n)),
    });
  },
  echo: (payload) => new TextDecoder().decode(payload),
  nop: () => undefined,
  configs(payload) {
    let last;
    for (let n = Number(new TextDecoder().decode(payload)); n > 0; n--) last = getConfig("base_url");
    return last;
  },
  spin() {
    for (;;);
  },
  throw() {
    throw new Error("thrown by the capsule");
  },
};

export function astridHookTrigger(action, payload) {
  if (!Object.hasOwn(actions, action)) return { action: "deny", data: `unknown action ${action}` };
  return { action: "continue", data: actions[action](payload) };
}

export const run = () => log("info", "run");
export const astridInstall = () => log("info", "install");
export const astridUpgrade = () => log("info", "upgrade");
