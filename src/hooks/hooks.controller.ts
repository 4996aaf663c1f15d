/** The route that providers of webhooks post their events to. */
import { Controller, Options, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { TallyError } from '../counters/errors.js';
import { ApiDocs } from '../http/api-docs.decorator.js';
import { sendShortAnswer } from '../http/short-answer.js';
import { HookReceiver } from './hook-receiver.js';
import { HookRegistry } from './hook-registry.js';

const ANSWER_HEADERS = ['Content-Type', 'application/json; charset=utf-8'];

@Controller('hooks')
export class HooksController {
  constructor(
    private readonly registry: HookRegistry,
    private readonly receiver: HookReceiver,
  ) {}

  /**
   * Counts an event, once. The signature of the provider takes the place of a token. Reads the name of the hook itself:
   * as a parameter with a decorator it would pass the pipes, which costs 1 us.
   */
  @Post(':hook')
  @ApiDocs({
    tag: 'Hooks',
    role: 'none',
    operationId: 'applyHookEvent',
    summary: 'Count an event of a webhook provider',
    description:
      'Takes an event that the provider of the hook has signed, as `HOOKS_FILE` says, and books what its rules make of it as one change set. Its id counts once: a redelivery is answered with `replayed`, whatever the rules are by then. What cannot be counted is `refused` with 200, because a provider would disable the endpoint.',
    body: 'HookEvent',
    bodyTypes: ['application/json', 'application/cloudevents+json'],
    responses: {
      200: {
        description: 'The event is durable, or there was nothing to count.',
        content: { 'application/json': 'HookAnswer' },
      },
    },
    problems: ['signature-invalid', 'unknown-hook', 'hook-target-missing', 'store-unavailable', 'data-damaged'],
  })
  async receive(@Req() request: Request<{ hook: string }>, @Res() response: Response): Promise<void> {
    const hook = this.registry.get(request.params.hook);
    const outcome = await this.receiver.receive(hook, request).catch((error: unknown) => {
      // The connection cannot be reused before the rest of the body has arrived.
      if (isTimeout(error)) response.shouldKeepAlive = false;
      throw error;
    });
    sendShortAnswer(response, ANSWER_HEADERS, `{"outcome":"${outcome}"}`);
  }

  /**
   * Agrees to be sent events, which CloudEvents senders ask for first (HTTP webhooks 1.0.2, 4). Anyone may send: the
   * signature decides.
   */
  @Options(':hook')
  @ApiDocs({
    tag: 'Hooks',
    role: 'none',
    operationId: 'checkHookSender',
    summary: 'Agree to receive CloudEvents',
    description:
      'The handshake of CloudEvents senders: a request with `WebHook-Request-Origin` is answered with `WebHook-Allowed-Origin`, if the provider of the hook is `cloudevents`.',
    headers: ['WebHook-Request-Origin', 'WebHook-Request-Rate'],
    responses: {
      200: {
        description: 'The sender may send.',
        headers: ['Allow'],
        optionalHeaders: ['WebHook-Allowed-Origin', 'WebHook-Allowed-Rate'],
      },
    },
    problems: ['unknown-hook'],
  })
  allowSender(@Param('hook') name: string, @Req() { headers }: Request, @Res() response: Response): void {
    const { provider } = this.registry.get(name);
    const origin = headers['webhook-request-origin'];
    response.setHeader('Allow', 'POST, OPTIONS');
    if (provider === 'cloudevents' && typeof origin === 'string') {
      response.setHeader('WebHook-Allowed-Origin', origin);
      if (headers['webhook-request-rate'] !== undefined) response.setHeader('WebHook-Allowed-Rate', '*');
    }
    response.status(200).end();
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof TallyError && error.code === 'request-timeout';
}
