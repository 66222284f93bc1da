import CHwloc

/// A topology that hwloc has loaded.
@safe struct Topology: ~Copyable {
  private let handle: hwloc_topology_t

  init() throws(HostDiscoveryError) {
    var made: hwloc_topology_t?
    guard unsafe hwloc_topology_init(&made) == 0, let handle = unsafe made else {
      throw HostDiscoveryError(reason: "hwloc could not be initialised")
    }
    // Without it no device is looked for at all.
    unsafe hwloc_topology_set_io_types_filter(handle, HWLOC_TYPE_FILTER_KEEP_IMPORTANT)
    guard unsafe hwloc_topology_load(handle) == 0 else {
      unsafe hwloc_topology_destroy(handle)
      throw HostDiscoveryError(reason: "hwloc could not read the topology")
    }
    unsafe self.handle = handle
  }

  deinit { unsafe hwloc_topology_destroy(handle) }

  /// Sockets with the cores of which at least one CPU is allowed; those without are left out.
  func sockets(allowed: Set<Int>) -> [HostInventory.Socket] {
    var sockets: [HostInventory.Socket] = []
    var coreIndex = 0
    let found = unsafe objects(HWLOC_OBJ_CORE)
    for index in unsafe found.indices {
      let core = unsafe found[index]
      let cpus = unsafe Self.members(core.pointee.cpuset).filter(allowed.contains)
      if cpus.isEmpty { continue }
      let socket = unsafe Self.package(of: core)
      let numaNode = unsafe Self.members(core.pointee.nodeset).first
      if sockets.last?.index != socket { sockets.append(HostInventory.Socket(index: socket, cores: [])) }
      sockets[sockets.count - 1].cores.append(
        HostInventory.Core(index: coreIndex, cpus: cpus, numaNode: numaNode))
      coreIndex += 1
    }
    return sockets
  }

  func numaNodes() -> [HostInventory.NUMANode] {
    unsafe objects(HWLOC_OBJ_NUMANODE).map { node in
      unsafe HostInventory.NUMANode(
        index: Int(node.pointee.os_index),
        memoryBytes: Int64(clamping: node.pointee.attr.pointee.numanode.local_memory))
    }
  }

  /// Devices that compute: 3D controllers, and displays of vendors whose displays do. The plain display of a
  /// virtual machine or of a board's management is none.
  /// - Source: PCI class codes, base class 03h.
  func pciGPUs() -> [(name: String, socket: Int?)] {
    let vendors: Set<UInt16> = [0x10DE, 0x1002]
    var found: [(name: String, socket: Int?)] = []
    let devices = unsafe objects(HWLOC_OBJ_PCI_DEVICE)
    for index in unsafe devices.indices {
      let device = unsafe devices[index]
      let pci = unsafe device.pointee.attr.pointee.pcidev
      guard pci.class_id == 0x0302 || (pci.class_id >> 8 == 0x03 && vendors.contains(pci.vendor_id)) else {
        continue
      }
      let words = [(UInt64(pci.domain), 4), (UInt64(pci.bus), 2), (UInt64(pci.dev), 2)].map { number, width in
        String(hexadecimal(number).suffix(width))
      }
      let near = unsafe hwloc_get_non_io_ancestor_obj(handle, device)
      let socket = unsafe near.flatMap {
        unsafe $0.pointee.type == HWLOC_OBJ_MACHINE ? nil : Self.package(of: $0)
      }
      found.append((words.joined(separator: ":") + ".\(pci.func)", socket))
    }
    return found
  }

  private func objects(_ type: hwloc_obj_type_t) -> [hwloc_obj_t] {
    var found: [hwloc_obj_t] = unsafe []
    var previous: hwloc_obj_t?
    while let object = unsafe hwloc_get_next_obj_by_type(handle, type, previous) {
      unsafe found.append(object)
      unsafe previous = object
    }
    return unsafe found
  }

  /// Logical number of the socket above an object; 0 where the machine does not tell sockets apart.
  private static func package(of object: hwloc_obj_t) -> Int {
    var current: hwloc_obj_t? = unsafe object
    while let here = unsafe current {
      if unsafe here.pointee.type == HWLOC_OBJ_PACKAGE { return unsafe Int(here.pointee.logical_index) }
      unsafe current = here.pointee.parent
    }
    return 0
  }

  private static func members(_ bitmap: hwloc_const_bitmap_t?) -> [Int] {
    var found: [Int] = []
    var number = unsafe hwloc_bitmap_next(bitmap, -1)
    while number >= 0 {
      found.append(Int(number))
      unsafe number = hwloc_bitmap_next(bitmap, number)
    }
    return found
  }
}
