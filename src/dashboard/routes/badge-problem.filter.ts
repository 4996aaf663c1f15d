/** Answers problems of a badge with a badge that names them: a page that shows pictures cannot show a document. */
import { type ArgumentsHost, Catch } from '@nestjs/common';
import type { Request, Response } from 'express';
import { NAME_PATTERN } from '../../counters/counters.js';
import type { TallyError } from '../../counters/errors.js';
import { sendProblem } from '../../http/problem-details.js';
import { normalizeException, ProblemFilter } from '../../http/problem.filter.js';
import { BADGE_STYLES } from './badge.query.js';
import { renderBadge, setBadgeHeaders, SVG_MEDIA_TYPE } from './badge-picture.js';

/**
 * The status and the headers are those of any other problem: `no-store` keeps the picture out of caches, and browsers
 * show it whatever its status is. A client that prefers JSON gets the problem document.
 */
@Catch()
export class BadgeProblemFilter extends ProblemFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendPicture(http.getRequest<Request>(), http.getResponse<Response>(), normalizeException(exception));
  }
}

function sendPicture(request: Request, response: Response, error: TallyError): void {
  response.vary('Accept');
  const prefersPicture = request.accepts(['svg', 'json', 'application/problem+json']) === 'svg';
  if (!prefersPicture || response.headersSent) {
    sendProblem(response, error);
    return;
  }
  setBadgeHeaders(response);
  sendProblem(response, error, { type: `${SVG_MEDIA_TYPE}; charset=utf-8`, text: renderProblem(request, error) });
}

/** The label is the name of the counter, so that a page with several badges shows which one is meant. */
function renderProblem({ params, query }: Request, { definition: { status, title } }: TallyError): string {
  const { counter } = params;
  const label = typeof counter === 'string' && NAME_PATTERN.test(counter) ? counter : 'counter';
  const style = BADGE_STYLES.find((name) => name === query['style']) ?? 'flat';
  return renderBadge({ label, style, message: title.toLowerCase(), color: status < 500 ? 'red' : 'lightgrey' });
}
