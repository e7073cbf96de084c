/** How answers to questions of some forms look. */
import { termsOf } from "../../../memory/index.ts";

/** Signs of an answer to a question of this form, or null where its form asks for none. */
export function cueOf(question: string): RegExp | null {
  if (/\b(?:when|what (?:date|year|day|time)|by which date)\b/i.test(question)) {
    return /\b(?:1[5-9]|20)\d\d\b|\b\d{1,2}[:.]\d{2}\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b|\b\d+(?:st|nd|rd|th)\b|\b(?:before|after|until|within|days?|weeks?|months?|years?|hours?|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b/i;
  }
  if (/\bhow (?:long|often|soon)\b/i.test(question)) {
    return /\b(?:\d+|one|two|three|four|five|six|seven|ten|twelve|daily|weekly|monthly|yearly|annually|quarterly)\b.*\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)?\b/i;
  }
  if (
    /\bhow (?:many|much|big|large|high|old|far|fast)\b|\b(?:cost|price|fee|rate|limit|maximum|minimum|number|percentage|amount|size)\b/i.test(
      question,
    )
  ) {
    return /\d|\b(?:no|none|one|two|three|four|five|six|seven|eight|nine|ten|half|unlimited|free)\b/i;
  }
  if (/\bwho\b/i.test(question))
    return /\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+|\p{Ll} \p{Lu}\p{Ll}+|\b(?:by|team|group|committee|staff|crew|members?|master|head|manager|owners?|users?|people|customers?|passengers?|employees?)\b/u;
  if (/\bwhy\b/i.test(question))
    return /\b(?:because|since|due to|so that|in order to|therefore|reason|as a result|avoids?|prevents?|otherwise)\b/i;
  if (!/[?？]\s*$/.test(question) && termsOf(question).length > 4) {
    // A statement is held against findings.
    return /\b(?:results?|found|finds?|show(?:s|ed|n)?|suggests?|conclude[sd]?|conclusions?|demonstrate[sd]?|indicate[sd]?|associated|reveal(?:s|ed)?|identif(?:y|ied)|report(?:s|ed)?)\b/i;
  }
  if (/\bwhere\b/i.test(question)) return /\b(?:in|at|under|on|from)\s+(?:the\s+)?[`"/~\p{Lu}]/u;
  return null;
}

/** `What is X?` is answered best by a sentence that says what X is. */
export function definitionOf(question: string): RegExp | null {
  const subject =
    /^(?:what (?:is|are|does)|what[’']s|define|who (?:is|was)) (?:an? |the )?["“']?(.{2,60}?)["”']?(?: mean| stand for)?[?.]?$/i.exec(
      question.trim(),
    )?.[1];
  if (subject === undefined) return null;
  const escaped = subject.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+");
  return new RegExp(
    `^(?:[^.]{0,30}\\b)?(?:an? |the )?[\`"*“]*${escaped}[\`"*”]*(?: \\([^)]*\\))?,? (?:is|are|was|were|means|refers|stands|describes|provides|allows|lets|runs|helps|makes|gives|offers|handles|contains|holds|keeps|lists)\\b`,
    "i",
  );
}
