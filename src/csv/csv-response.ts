/** Answers with CSV: by `Accept: text/csv`, or as a download by `?format=csv`. */
import type { StreamableFile } from '@nestjs/common';
import { IsIn, IsOptional } from 'class-validator';
import type { Request, Response } from 'express';
import { streamText, type StreamedText } from '../http/streamed-text.js';

const FORMATS = ['json', 'csv'] as const;
/** `header` tells that the first line names the columns (RFC 4180, 3). */
const CSV_MEDIA_TYPE = 'text/csv; charset=utf-8; header=present';

export class FormatQuery {
  /** Overrides the `Accept` header. `csv` is a download. */
  @IsIn(FORMATS, { message: `must be one of ${FORMATS.join(', ')}` })
  @IsOptional()
  readonly format?: (typeof FORMATS)[number];
}

/** Returns true for a request that wants CSV. Either representation has `Vary: Accept`. */
export function prefersCsv(request: Request, response: Response, { format }: FormatQuery): boolean {
  response.vary('Accept');
  if (format !== undefined) return format === 'csv';
  return request.accepts(['json', 'text/csv']) === 'text/csv';
}

/**
 * Streams CSV, or answers 304.
 * @param version number of the definition, which has the digits behind the point
 * @param timeZone zone of the times
 * @param fileName name of the download, without ending
 */
export function streamCsv(
  request: Request,
  response: Response,
  {
    tag,
    version,
    timeZone,
    fileName,
    isDownload,
    open,
  }: Pick<StreamedText, 'tag' | 'open'> & {
    readonly version: number;
    readonly timeZone: string;
    readonly fileName: string;
    readonly isDownload: boolean;
  },
): Promise<StreamableFile | undefined> {
  const disposition = { 'Content-Disposition': `attachment; filename="${fileName}.csv"` };
  return streamText(request, response, {
    tag: `${tag}:csv:v${version}:${timeZone}`,
    type: CSV_MEDIA_TYPE,
    ...(isDownload && { headers: disposition }),
    open,
  });
}
