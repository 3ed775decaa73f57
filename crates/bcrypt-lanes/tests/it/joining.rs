//! Lanes that passwords join and leave at different times.

use crate::chance::Chance;
use bcrypt_lanes::{Cost, LANES, Lanes, MOST_LANES, SaltedPassword};

struct Input {
    cost: u32,
    password: Vec<u8>,
    salt: [u8; 16],
}

impl Input {
    fn random(chance: &mut Chance) -> Self {
        let length = usize::from(chance.byte() % 81);
        Self {
            cost: 4 + u32::from(chance.byte() % 3),
            password: chance.password(length),
            salt: chance.salt(),
        }
    }

    fn start(&self, lanes: &mut Lanes<usize>, owner: usize) -> Result<(), usize> {
        let password = SaltedPassword {
            password: &self.password,
            salt: &self.salt,
        };
        lanes.start(Cost::new(self.cost).unwrap(), password, owner)
    }

    fn reference(&self) -> String {
        bcrypt::hash_with_salt(&self.password, self.cost, self.salt)
            .unwrap()
            .to_string()
    }
}

fn of_cost(cost: u32) -> Input {
    Input {
        cost,
        password: b"password".to_vec(),
        salt: [9; 16],
    }
}

fn owners(lanes: &Lanes<usize>) -> Vec<usize> {
    let mut owners: Vec<usize> = lanes.owners().copied().collect();
    owners.sort_unstable();
    owners
}

/// Of all that are done, whose they are.
fn advance(lanes: &mut Lanes<usize>, expansions: u32) -> Vec<usize> {
    let mut done: Vec<usize> = lanes.advance(expansions).into_iter().map(|(owner, _)| owner).collect();
    done.sort_unstable();
    done
}

#[test]
fn two_thousand_passwords_that_come_and_go_at_any_time_hash_as_with_the_crate_bcrypt() {
    let mut chance = Chance::from_seed(7);
    let inputs: Vec<Input> = (0..2000).map(|_| Input::random(&mut chance)).collect();
    let mut hashes: Vec<Option<String>> = vec![None; inputs.len()];
    let mut taken_out = Vec::new();
    let mut lanes = Lanes::new();
    let mut next = 0;
    while next < inputs.len() || !lanes.is_empty() {
        // A lane in two is filled where there is one, and one password in 32 is given up and started anew.
        while next < inputs.len() && !lanes.is_full() && chance.byte().is_multiple_of(2) {
            inputs[next].start(&mut lanes, next).unwrap();
            next += 1;
        }
        for (owner, hash) in lanes.advance(u32::from(chance.byte() % 24)) {
            assert!(hashes[owner].replace(hash.to_string()).is_none());
        }
        lanes.retain(|owner| {
            let stays = chance.byte() >= 2;
            if !stays {
                taken_out.push(*owner);
            }
            stays
        });
        while !lanes.is_full()
            && let Some(owner) = taken_out.pop()
        {
            inputs[owner].start(&mut lanes, owner).unwrap();
        }
    }
    for (input, hash) in inputs.iter().zip(hashes) {
        assert_eq!(hash, Some(input.reference()), "{:02x?}", input.password);
    }
}

#[test]
fn each_password_is_done_after_the_expansions_of_its_own_cost() {
    let mut lanes = Lanes::new();
    of_cost(6).start(&mut lanes, 0).unwrap();
    of_cost(4).start(&mut lanes, 1).unwrap();
    assert!(advance(&mut lanes, 15).is_empty());
    of_cost(5).start(&mut lanes, 2).unwrap();
    // It ends with the first that is done, so that its lane is free at once.
    assert_eq!(advance(&mut lanes, 100), [1]);
    assert_eq!(owners(&lanes), [0, 2]);
    assert!(advance(&mut lanes, 30).is_empty());
    assert_eq!(advance(&mut lanes, 100), [2]);
    assert!(advance(&mut lanes, 16).is_empty());
    assert_eq!(advance(&mut lanes, 1), [0]);
    assert!(lanes.is_empty());
}

#[test]
fn those_that_end_together_are_done_together() {
    let mut lanes = Lanes::new();
    for owner in 0..LANES {
        of_cost(4).start(&mut lanes, owner).unwrap();
    }
    assert_eq!(advance(&mut lanes, 16), (0..LANES).collect::<Vec<_>>());
}

#[test]
fn a_full_set_takes_nobody_in_and_gives_the_owner_back() {
    let mut lanes = Lanes::new();
    for owner in 0..LANES {
        assert!(!lanes.is_full());
        of_cost(4).start(&mut lanes, owner).unwrap();
    }
    assert!(lanes.is_full());
    assert_eq!(of_cost(4).start(&mut lanes, 17), Err(17));
    assert_eq!(lanes.len(), LANES);
}

#[test]
fn who_is_taken_out_frees_a_lane_and_is_not_answered() {
    let mut lanes = Lanes::new();
    for owner in 0..LANES {
        of_cost(4).start(&mut lanes, owner).unwrap();
    }
    assert!(advance(&mut lanes, 3).is_empty());
    lanes.retain(|owner| *owner != 1);
    assert_eq!(owners(&lanes), [0, 2, 3]);
    assert_eq!(advance(&mut lanes, 100), [0, 2, 3]);
}

#[test]
fn cleared_lanes_give_their_owners_back_and_start_afresh() {
    let mut lanes = Lanes::new();
    of_cost(4).start(&mut lanes, 0).unwrap();
    of_cost(5).start(&mut lanes, 1).unwrap();
    assert!(advance(&mut lanes, 3).is_empty());
    let mut cleared = lanes.clear();
    cleared.sort_unstable();
    assert_eq!(cleared, [0, 1]);
    assert!(lanes.is_empty());
    assert!(lanes.advance(100).is_empty());

    let input = of_cost(4);
    input.start(&mut lanes, 2).unwrap();
    let hashes: Vec<String> = lanes.advance(16).iter().map(|(_, hash)| hash.to_string()).collect();
    assert_eq!(hashes, [input.reference()]);
}

#[test]
fn lanes_of_every_width_hash_as_with_the_crate_bcrypt() {
    let mut chance = Chance::from_seed(7);
    for width in 1..=MOST_LANES {
        let mut lanes = Lanes::new();
        lanes.set_width(width);
        let inputs: Vec<Input> = (0..width).map(|_| Input::random(&mut chance)).collect();
        for (owner, input) in inputs.iter().enumerate() {
            assert_eq!(lanes.free(), width - owner);
            assert_eq!(input.start(&mut lanes, owner), Ok(()));
        }
        assert!(lanes.is_full());
        assert_eq!(inputs[0].start(&mut lanes, width), Err(width));
        let mut done = 0;
        while !lanes.is_empty() {
            for (owner, hash) in lanes.advance(u32::MAX) {
                assert_eq!(hash.to_string(), inputs[owner].reference(), "{width} lanes");
                done += 1;
            }
        }
        assert_eq!(done, width);
    }
}

#[test]
fn a_narrower_width_leaves_those_at_work_where_they_are() {
    let mut lanes = Lanes::new();
    lanes.set_width(MOST_LANES);
    for owner in 0..MOST_LANES {
        of_cost(4).start(&mut lanes, owner).unwrap();
    }
    lanes.set_width(2);
    assert_eq!((lanes.free(), lanes.len()), (0, MOST_LANES));
    assert_eq!(advance(&mut lanes, 16), (0..MOST_LANES).collect::<Vec<_>>());
    assert_eq!(lanes.free(), 2);
    lanes.set_width(0);
    assert_eq!(lanes.free(), 1);
    lanes.set_width(100);
    assert_eq!(lanes.free(), MOST_LANES);
}
