import { expect, it } from "vitest";

import { Mailbox } from "./mailbox";

interface Note {
  readonly rev: number;
}

/** A server that answers when the test says so. */
class SlowServer {
  readonly calls: {
    readonly rev: number;
    readonly signal: AbortSignal;
    readonly answer: (rev: number) => void;
    readonly fail: (error: Error) => void;
  }[] = [];

  readonly send = ({ rev }: Note, signal: AbortSignal): Promise<Note> =>
    new Promise((resolve, reject) => {
      this.calls.push({ rev, signal, answer: (of) => resolve({ rev: of }), fail: reject });
    });
}

function setUp() {
  const server = new SlowServer();
  const answers: number[] = [];
  const errors: number[] = [];
  const mailbox = new Mailbox<Note, Note>({
    send: server.send,
    onAnswer: ({ rev }) => answers.push(rev),
    onError: ({ rev }) => errors.push(rev),
  });
  return { server, answers, errors, mailbox };
}

it("tells the answer to its request", async () => {
  const { server, answers, mailbox } = setUp();

  const posted = mailbox.post({ rev: 1 });
  server.calls[0]?.answer(1);
  await posted;

  expect(answers).toEqual([1]);
});

it("aborts the call in flight and never tells its late answer", async () => {
  const { server, answers, mailbox } = setUp();

  const first = mailbox.post({ rev: 1 });
  const second = mailbox.post({ rev: 2 });
  server.calls[1]?.answer(2);
  server.calls[0]?.answer(1);
  await Promise.all([first, second]);

  expect(server.calls[0]?.signal.aborted).toBe(true);
  expect(answers).toEqual([2]);
});

it("drops an answer to another rev than was asked", async () => {
  const { server, answers, mailbox } = setUp();

  const posted = mailbox.post({ rev: 2 });
  server.calls[0]?.answer(1);
  await posted;

  expect(answers).toEqual([]);
});

it("tells an error of the present call, not of an aborted one", async () => {
  const { server, errors, mailbox } = setUp();

  const first = mailbox.post({ rev: 1 });
  const second = mailbox.post({ rev: 2 });
  server.calls[0]?.fail(new Error("late"));
  server.calls[1]?.fail(new Error("now"));
  await Promise.all([first, second]);

  expect(errors).toEqual([2]);
});

it("tells nothing once it is cleared", async () => {
  const { server, answers, mailbox } = setUp();

  const posted = mailbox.post({ rev: 1 });
  mailbox.clear();
  server.calls[0]?.answer(1);
  await posted;

  expect(answers).toEqual([]);
});
