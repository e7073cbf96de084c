/** Documents for tests and pictures: of some length, with facts to ask for. */

export const supplierAgreement = `# Supplier Agreement

Between Halden Instruments GmbH ("the Buyer") and Norrøna Optics AS ("the Supplier"), effective 1 March 2026.

## 1. Scope

The Supplier manufactures and delivers objective lenses of types HO-12 and HO-20 according to the drawings in Annex A. Samples of each production lot are measured by the Supplier before dispatch.

## 2. Delivery

Orders are delivered within 21 calendar days of written confirmation. Each shipment carries a packing list and the measurement protocol of its lot. Where a delivery is late by more than five working days, the Supplier owes a contractual penalty of 0.5 % of the order value for each further working day, capped at 5 % of the order value.

## 3. Prices and payment

The unit price is EUR 412 for HO-12 and EUR 587 for HO-20. Prices are fixed until 31 December 2026. Invoices are payable within 30 days of receipt without deduction.

## 4. Acceptance

The Buyer inspects each shipment within ten working days. Lenses with a wavefront error above λ/8 may be returned at the Supplier's cost. Hidden defects are reported within five working days of discovery.

## 5. Warranty

The Supplier warrants the lenses against defects in material and workmanship for 24 months from delivery. The warranty does not cover damage from improper cleaning.

## 6. Confidentiality

Both parties keep drawings, prices and measurement data confidential for five years after the end of this agreement.

## 7. Term and termination

This agreement runs for two years and is extended by one year unless either party gives notice three months before its end. Either party may terminate for good cause, in particular if the other party is insolvent or breaches a material duty and does not remedy the breach within 30 days of a written warning.
`;

/** A one-page PDF (1.4, one Helvetica text stream) that holds these lines. */
export function pdfOf(lines: readonly string[]): Uint8Array {
  const escaped = lines.map((line) => line.replace(/[\\()]/g, (sign) => `\\${sign}`));
  const content = `BT /F1 11 Tf 14 TL 60 780 Td ${escaped.map((line) => `(${line}) Tj T*`).join(" ")} ET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>",
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let pdf = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = pdf.length;
    pdf += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = pdf.length;
  pdf += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  for (const offset of offsets) pdf += `${String(offset).padStart(10, "0")} 00000 n \n`;
  pdf += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return new TextEncoder().encode(pdf);
}

export const calibrationReport = pdfOf([
  "Calibration report 2026-118, interferometer IF-3, station 2.",
  "",
  "Ambient temperature during the run was 20.4 degrees Celsius, humidity 41 percent.",
  "Wavefront error of lens HO-20 serial 7731: lambda/11 peak to valley.",
  "Wavefront error of lens HO-20 serial 7732: lambda/7 peak to valley.",
  "Lens 7732 exceeds the limit of lambda/8 and was set aside for return.",
  "The next calibration of IF-3 is due on 14 February 2027.",
]);

export const priceList = `type,wavelength nm,price EUR,stock
HO-12,633,412,18
HO-12,1064,438,4
HO-20,633,587,31
HO-20,1064,612,0
`;

export const glossary = `<!doctype html>
<title>Glossary of optics</title>
<h1>Glossary of optics</h1>
<dl>
  <dt>Wavefront error</dt>
  <dd>How far a wavefront departs from its ideal shape, as a fraction of the wavelength.</dd>
  <dt>Objective lens</dt>
  <dd>The lens that first gathers the light of what is looked at.</dd>
</dl>
`;
