import BrokerCore
import Jobs
import KeyValues
import Vocabulary

/// Which features and faults one simulated world has, and how strongly.
///
/// Each seed switches most of them on or off before it chooses their strength: a world with every fault at
/// once hides what two of them do together.
/// - Source: Groce et al., "Swarm Testing", ISSTA 2012.
struct SimulationDials {
  // Faults, in thousandths.
  var brokerCrash = 0
  var brokerCrashAtStart = 0
  var shepherdCrash = 0
  var disconnect = 0
  var diskFull = 0
  var diskFailure = 0
  var reportLoss = 0
  var reportRepeat = 0
  var orderRepeat = 0
  var planRepeat = 0
  var clockStep = 0
  var inventoryChange = 0
  /// The clock goes on by days.
  var dayStep = 0
  // Milliseconds.
  var networkDelay = 5
  var planDelay = 2
  var thinkTime = 50
  var runTime = 500
  // What jobs are like, in thousandths.
  var ignoresTermination = 0
  var failsToStart = 0
  var mockJobs = 100
  /// Which of prolog, epilog and housekeeping there are, and how often one fails.
  var programs = SitePrograms()
  var failingPrograms = 0
  // What clients do, as weights.
  var bulk = 0
  var keys = 0
  var cancels = 0
  var sweeps = 0
  var urgencies = 0
  var dependencies = 0
  /// Submissions within a running job.
  var steps = 0
  /// Exceptions, signals, updates and waiting for results.
  var controls = 0
  var tokens = 0
  /// An operator changes the graph.
  var mutations = 0
  // What clients of namespaces do, as weights.
  var fences = 0
  var keyReads = 0
  var keyChurn = 0
  var links = 0
  var largeValues = 0
  // Sizes.
  var keyClients = 0
  var keyThinkTime = 20
  var keyCount = 12
  var quota = NamespaceQuota.standard
  var retention = HistoryRetention.standard
  var clients = 2
  var users = 2
  var activeLimit = 20
  var batchLimit = 64
  /// Settlements of dependencies in one batch.
  var settlements = 8
  var snapshot = 20
  var hasShepherd = true
  /// Thousands of jobs, so that operations take several steps.
  var isCrowded = false

  init(_ random: inout SeededRandom) {
    drawFaults(&random)
    drawHabits(&random)
    drawKeys(&random)
  }

  private mutating func drawKeys(_ random: inout SeededRandom) {
    keyClients = random.chance(800) ? random.within(1...3) : 0
    keyThinkTime = random.pick([5, 20, 100])
    keyCount = random.pick([4, 12, 40])
    fences = Self.draw(&random, 500, 20...300)
    keyReads = random.within(20...200)
    keyChurn = Self.draw(&random, 400, 5...40)
    links = Self.draw(&random, 300, 10...100)
    largeValues = Self.draw(&random, 200, 5...40)
    dayStep = Self.draw(&random, 250, 1...8)
    quota = NamespaceQuota(
      maximumKeys: random.pick([3, 8, 30]), maximumBytes: random.pick([100, 600, 100_000]), maximumWatchers: 1)
    retention = HistoryRetention(
      maximumRevisions: random.pick([1, 3, 20, 500]),
      maximumAge: random.pick([.seconds(1), .seconds(8), .seconds(3_600)]),
      maximumSupersededBytes: random.pick([2_000, 64 << 20, 64 << 20]), minimumRevisions: random.pick([0, 2, 32]))
  }

  private mutating func drawFaults(_ random: inout SeededRandom) {
    brokerCrash = Self.draw(&random, 600, 1...40)
    brokerCrashAtStart = Self.draw(&random, 300, 50...500)
    shepherdCrash = Self.draw(&random, 450, 2...50)
    disconnect = Self.draw(&random, 450, 1...30)
    diskFull = Self.draw(&random, 300, 1...30)
    diskFailure = Self.draw(&random, 200, 1...10)
    reportLoss = Self.draw(&random, 400, 10...300)
    reportRepeat = Self.draw(&random, 400, 10...500)
    orderRepeat = Self.draw(&random, 400, 10...500)
    planRepeat = Self.draw(&random, 400, 10...500)
    clockStep = Self.draw(&random, 300, 1...20)
    inventoryChange = Self.draw(&random, 250, 1...20)
    networkDelay = random.pick([1, 5, 30, 300])
    planDelay = random.pick([1, 10, 100, 1_000])
    hasShepherd = !random.chance(50)
  }

  private mutating func drawHabits(_ random: inout SeededRandom) {
    thinkTime = random.pick([5, 20, 100])
    runTime = random.pick([1, 50, 500, 3_000])
    ignoresTermination = Self.draw(&random, 400, 100...900)
    failsToStart = Self.draw(&random, 300, 10...200)
    mockJobs = hasShepherd ? random.pick([0, 100, 500]) : 1_000
    bulk = Self.draw(&random, 500, 50...300)
    keys = Self.draw(&random, 600, 200...900)
    cancels = Self.draw(&random, 600, 20...400)
    sweeps = Self.draw(&random, 300, 5...40)
    urgencies = Self.draw(&random, 400, 20...200)
    tokens = Self.draw(&random, 300, 10...60)
    mutations = Self.draw(&random, 400, 10...150)
    clients = random.within(1...6)
    users = random.within(1...3)
    activeLimit = random.pick([2, 8, 20, 40])
    batchLimit = random.pick([1, 3, 64])
    settlements = random.pick([1, 8])
    controls = Self.draw(&random, 500, 20...300)
    dependencies = Self.draw(&random, 500, 50...700)
    steps = Self.draw(&random, 400, 100...700)
    snapshot = random.pick([0, 5, 100])
    isCrowded = random.chance(25)
    drawPrograms(&random)
  }

  private mutating func drawPrograms(_ random: inout SeededRandom) {
    guard random.chance(400) else { return }
    func program(_ name: String) -> SiteProgram? {
      random.chance(600) ? SiteProgram(command: [name], timeout: .seconds(5)) : nil
    }
    programs = SitePrograms(
      prolog: program("prolog"), epilog: program("epilog"), housekeeping: program("housekeeping"))
    failingPrograms = Self.draw(&random, 300, 5...100)
  }

  /// Zero, or in `likelihood` thousandths of worlds a value of the range.
  private static func draw(_ random: inout SeededRandom, _ likelihood: Int, _ range: ClosedRange<Int>) -> Int {
    random.chance(likelihood) ? random.within(range) : 0
  }

  /// Nothing goes wrong any more; what the world is like stays.
  mutating func heal() {
    (brokerCrash, brokerCrashAtStart, shepherdCrash, disconnect) = (0, 0, 0, 0)
    (diskFull, diskFailure, reportLoss, clockStep, inventoryChange) = (0, 0, 0, 0, 0)
    dayStep = 0
    failingPrograms = 0
  }
}
