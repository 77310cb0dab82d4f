// The WebAssembly tools that the build scripts need, from the wit-component and wasm-tools that jco carries.
//
//   node wasm.mjs parse IN.wat OUT.wasm...                  text to binary, any number of pairs
//   node wasm.mjs print IN.wasm                             binary to text, on stdout
//   node wasm.mjs componentize CORE.wasm WIT WORLD OUT.wasm core module to component
//   node wasm.mjs dummy WIT OUT.wasm                        a component for the world root of a WIT file, without code
//   node wasm.mjs embed WIT OUT.wasm                        the core module of such a component, with the WIT in it
//   node wasm.mjs wit COMPONENT.wasm                        the world of a component, which also validates it
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { _setPreopens } from "@bytecodealliance/preview2-shim/filesystem";
import { componentEmbed, componentNew, componentWit, parse, print } from "@bytecodealliance/jco-transpile/wasm-tools";

const commands = {
  async parse(...files) {
    for (let i = 0; i + 1 < files.length; i += 2) {
      try {
        await writeFile(files[i + 1], await parse(await readFile(files[i], "utf8")));
      } catch (e) {
        throw new Error(`${files[i]}: ${e.payload ?? e.message}`);
      }
    }
  },
  async print(file) {
    process.stdout.write(await print(await readFile(file)));
  },
  async componentize(core, wit, world, out) {
    // The encoder reads the WIT through a WASI shim, which starts with no directory open.
    _setPreopens({ "/": "/" });
    const embedded = await componentEmbed({ binary: await readFile(core), witPath: resolve(wit), world });
    await writeFile(out, await componentNew(embedded));
  },
  async dummy(wit, out) {
    await writeFile(out, await componentNew(await dummyModule(wit)));
  },
  async embed(wit, out) {
    await writeFile(out, await dummyModule(wit));
  },
  async wit(file) {
    process.stdout.write(await componentWit(await readFile(file)));
  },
};

async function dummyModule(wit) {
  return componentEmbed({ witSource: await readFile(wit, "utf8"), dummy: true, world: "root" });
}

const [command, ...args] = process.argv.slice(2);
if (!Object.hasOwn(commands, command)) {
  console.error(`unknown command ${command}; want one of ${Object.keys(commands).join(", ")}`);
  process.exit(2);
}
try {
  await commands[command](...args);
} catch (e) {
  console.error(`${command} ${args.join(" ")}: ${e.payload ?? e.message}`);
  process.exit(1);
}
