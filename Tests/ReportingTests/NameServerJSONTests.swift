import Conversations
import Diagnosis
import Foundation
import PacketWire
import Reporting
import StallpointTestKit
import Testing

/// `name_server` of the JSON report.
@Suite struct NameServerJSONTests {
    private func report(_ asks: [NameServerFacts.Ask]) throws -> (JSONDocument, [String]) {
        var report = Sample.open.report
        let question = DNSQuestion(try #require(DNSName("db.lab")), .mx)
        report.diagnoses[0].nameServer = NameServerFacts(question, asks: asks)
        let document = try JSONDocument(parsing: report.formatted(as: .json))
        let schema = JSONSchema(
            try JSONDocument(file: Goldens.repository.appending(path: "schema/stallpoint.report-1.schema.json")))
        return (document, schema.violations(in: document).map { "\($0)" })
    }

    @Test(
        "Each way has a code, and what it brought",
        arguments: [
            (NameServerFacts.Ask.Result.silent, "silent"), (.answered(.records(["10 mail.lab"])), "found"),
            (.answered(.noSuchName), "nxdomain"), (.answered(.noAddress), "nodata"),
            (.answered(.refused(code: "SERVFAIL")), "servfail"), (.foreign(.question), "no-answer-to-it"),
            (.refused(nil), "refused"), (.closed(isReset: true), "reset"), (.closed(isReset: false), "closed"),
        ])
    func codes(_ result: NameServerFacts.Ask.Result, _ code: String) throws {
        var ask = NameServerFacts.Ask(.udp, room: 4_096)
        ask.result = result
        ask.size = 77
        let (document, violations) = try report([ask])
        #expect(violations == [])
        let server = document["diagnoses"]?.elements.first?["name_server"]
        #expect(server?["name"]?.text == "db.lab" && server?["type"]?.text == "MX")
        let asked = server?["asked"]?.elements.first
        #expect(asked?["over"]?.text == "udp" && asked?["result"]?.text == code)
        #expect(asked?["records"]?.elements.compactMap(\.text) == (code == "found" ? ["10 mail.lab"] : []))
    }

    @Test("A target that is no DNS server has none")
    func none() throws {
        let document = try JSONDocument(parsing: Sample.open.report.formatted(as: .json))
        #expect(document["diagnoses"]?.elements.first?["name_server"] == nil)
    }
}
