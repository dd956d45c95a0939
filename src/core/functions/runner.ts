import type { FunctionFile, OutboundRequest, OutboundResponse } from "./messages.ts";

/** A process, or whatever else, that runs user code apart from this one. */
export interface Child {
  /** Hands over one message. What is sent to a child that is gone is lost. */
  send(message: string): void;
  /** Lets everything else on the machine go before it, from now on. */
  giveWay(): void;
  /** Stops it where it stands, until `resume`. Only for one that ends with this process whatever it is doing. */
  pause(): void;
  resume(): void;
  /** Milliseconds that it has had of the processors; 0 where that is not known. */
  processorTime(): number;
  /** Ends it at once, whatever it is doing. */
  kill(): void;
}

/** What is told of a child. */
export interface ChildListener {
  /** One whole message. */
  message(text: string): void;
  /** A few times a second, as long as it is there: to look at what it does. */
  looked(): void;
  /** Once: it is gone, and why in a few words. */
  ended(reason: string): void;
}

/** What the processors of a machine have done so far, in milliseconds of all of them together. */
export interface ProcessorTimes {
  readonly busy: number;
  readonly idle: number;
}

/** The functions of a project as they are now. */
export interface FunctionSource {
  readonly files: readonly FunctionFile[];
  /** The text of every file of code, or of data, in the folder, by its address: those that are imported too. */
  readonly texts: Readonly<Record<string, string>>;
  /** Whether their text speaks of hooks: if they cannot be loaded, it is not known which writes must be refused. */
  readonly hooks: boolean;
}

/** The last version of the functions that could be loaded; null before there is one. */
export interface KeptFunctions {
  source: FunctionSource | null;
}

/** How a platform runs functions. */
export interface FunctionRunner {
  /** Where a program opens an app anew in the place of another: what was in force there, if this one finds faults. */
  readonly kept?: KeptFunctions;
  /** Looks at the project anew. */
  source(): Promise<FunctionSource>;
  /** Starts a child. It says `hello`, with what it is confined by, before it takes anything. */
  spawn(listener: ChildListener): Child;
  /** What the machine's processors have done so far; null where that is not known. */
  processors(): ProcessorTimes | null;
  /** Bytes of memory beyond which a process is not used any more; it is ended if it takes much more. */
  readonly memory: number;
  /** The variables that functions see. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes a request to a host that the project grants. @throws BakendError `forbidden` for any other */
  fetch(request: OutboundRequest, signal: AbortSignal): Promise<OutboundResponse>;
}
