import { runFunctionChild } from "./function-child.ts";

runFunctionChild(process.argv[3]);
