// node build.mjs makes a component of capsule.js, unless that has been done, and prints where it is: in a directory of
// the user's cache, or in JS_CAPSULE_CACHE. It exits with 3 where npm or its registry cannot be reached.
//
// What the guest is given is astrid:sys, and nothing of WASI.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const wit = join(here, "..", "..", "wit");
const sources = [
  ...["capsule.js", "build.mjs", "package-lock.json"].map((name) => join(here, name)),
  ...["world.wit", "deps/astrid-sys/sys.wit", "deps/astrid-guest/guest.wit"].map((name) => join(wit, name)),
];
const sum = createHash("sha256");
for (const file of sources) sum.update(readFileSync(file)).update("\0");

const cache =
  process.env.JS_CAPSULE_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "astrid-js-capsule");
const out = join(cache, `${sum.digest("hex")}.wasm`);
if (!existsSync(out)) await build();
console.log(out);

// build works in a directory of its own and moves the result into place, so that two at once do not meet.
async function build() {
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, "build-"));
  try {
    for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(here, name), join(work, name));
    // Not `npm ci`: it refuses a lock file that omits the optional packages of other platforms.
    const npm = ["install", "--no-save", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"];
    const { status } = spawnSync("npm", npm, { cwd: work, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
    if (status !== 0) {
      console.error("npm could not install the compiler");
      process.exitCode = 3;
      throw new Error("npm install failed");
    }
    const module = join(work, "node_modules", "@bytecodealliance", "componentize-js", "src", "componentize.js");
    const { componentize } = await import(pathToFileURL(module));
    const { component } = await componentize({
      sourcePath: join(here, "capsule.js"),
      witPath: wit,
      worldName: "greeter",
      disableFeatures: ["stdio", "random", "clocks", "http", "fetch-event"],
    });
    writeFileSync(join(work, "out.wasm"), component);
    renameSync(join(work, "out.wasm"), out);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
